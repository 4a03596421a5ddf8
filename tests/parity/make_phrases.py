"""Makes tests/data/phrases/: a small text and its phrases, by plain Python after word2phrase's rules and by gensim.

Run with gensim 4.4.0: python tests/parity/make_phrases.py [--check]
Both must join the same words. gensim scores by the size of its vocabulary; here it is given word2phrase's score, which
has the number of words in its place. gensim (like word2phrase) keeps words and pairs under one name, so that "new_york"
of the text counts as the pair "new york", and "new_york times" as "new york_times": passes over a text where two have
one name are compared with plain Python alone.
"""
import collections
import json
import pathlib
import random
import sys

import gensim
from gensim.models.phrases import Phrases

folder = pathlib.Path(__file__).parent.parent / "data/phrases"
check = "--check" in sys.argv[1:]
SETTINGS = [{"passes": 1, "threshold": 20.0, "factor": 1.0, "discount": 5, "min_count": 5},
            {"passes": 2, "threshold": 30.0, "factor": 0.5, "discount": 3, "min_count": 3},
            {"passes": 3, "threshold": 4.0, "factor": 1.0, "discount": 2, "min_count": 4}]


def make_text():
    chance = random.Random(5)
    words = [f"w{i}" for i in range(40)]
    weights = [1 / (i + 1) for i in range(40)]
    groups = [["new", "york"], ["new", "york", "times"], ["san", "francisco"], ["new", "jersey"], ["the", "of"],
              ["prime", "minister", "of", "france"], ["naïve", "café"], ["中", "文"]]
    lines = []
    for _ in range(500):
        line = []
        while len(line) < chance.randint(3, 14):
            line += chance.choice(groups) if chance.random() < 0.12 else chance.choices(words, weights)
            if chance.random() < 0.05:
                line.append(chance.choice(["new", "york", "of", "the", "times"]))
        lines.append(" ".join(line))
    return lines


def one_pass(lines, threshold, discount, min_count):
    words, pairs = collections.Counter(), collections.Counter()
    for line in lines:
        parts = line.split()
        words.update(parts)
        pairs.update(zip(parts, parts[1:]))
    total = sum(words.values())
    scores = {}
    for (a, b), count in pairs.items():
        if min(words[a], words[b], count) < min_count:
            continue
        score = (count - discount) / words[a] / words[b] * total
        if score > threshold:
            scores[a, b] = (count, score)
    joined = []
    for line in lines:
        parts, out, i = line.split(), [], 0
        while i < len(parts):
            if i + 1 < len(parts) and (parts[i], parts[i + 1]) in scores:
                out.append(parts[i] + "_" + parts[i + 1])
                i += 2
            else:
                out.append(parts[i])
                i += 1
        joined.append(" ".join(out))
    return scores, joined


def word2phrase_score(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    if bigram_count < min_count:  # gensim has one number for the least count and the discount
        return float("-inf")
    return (bigram_count - word2phrase_score.discount) / worda_count / wordb_count * corpus_word_count


def gensim_pass(lines, threshold, discount, min_count):
    word2phrase_score.discount = discount
    sentences = [line.split() for line in lines]
    model = Phrases(sentences, min_count=min_count, threshold=threshold, scoring=word2phrase_score)
    return [" ".join(model[sentence]) for sentence in sentences]


def golden(lines):
    results = []
    for setting in SETTINGS:
        text, passes, threshold = lines, [], setting["threshold"]
        for _ in range(setting["passes"]):
            limits = threshold, setting["discount"], setting["min_count"]
            words = {word for line in text for word in line.split()}
            pairs = {pair for line in text for pair in zip(line.split(), line.split()[1:])}
            names = {"_".join(pair) for pair in pairs}
            mixed = bool(names & words) or len(names) < len(pairs)
            by_gensim = gensim_pass(text, *limits)
            scores, text = one_pass(text, *limits)
            if not mixed and text != by_gensim:
                sys.exit(f"{setting}: gensim joins other words")
            print(f"pass {len(passes) + 1} of {setting['passes']}:", "words and pairs mixed" if mixed else "as gensim")
            passes.append({f"{a} {b}": list(found) for (a, b), found in sorted(scores.items())})
            threshold *= setting["factor"]
        results.append(setting | {"phrases": passes, "joined": text})
    return {"made_by": f"plain Python, and gensim {gensim.__version__}", "results": results}


if check:
    lines = (folder / "text.txt").read_text(encoding="utf-8").splitlines()
    if golden(lines) != json.loads((folder / "golden.json").read_text(encoding="utf-8")):
        sys.exit(f"{folder}/golden.json: differs from what was made anew")
    print("golden.json: the same")
else:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "text.txt").write_text("\n".join(make_text()) + "\n", encoding="utf-8")
    lines = (folder / "text.txt").read_text(encoding="utf-8").splitlines()
    (folder / "golden.json").write_text(json.dumps(golden(lines), ensure_ascii=False, indent=0) + "\n",
                                        encoding="utf-8")
