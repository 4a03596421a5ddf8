#!/usr/bin/env python3
"""ARPA files and what KenLM says of them: goldens of the n-gram models' import and export.

    make_arpa.py                       writes tests/data/ngram/{kneser_ney.arpa,back_off.arpa,arpa.json}
    make_arpa.py --check               makes them anew and compares
    make_arpa.py --score X.arpa TEXT   KenLM's perplexity of a text of words between spaces, read as one stream in which
                                       </s> closes each line (--no-line-ends: none does)

Needs the kenlm package. kneser_ney.arpa: the Kneser-Ney model of make_ngram.py, written as zoo export writes one.
back_off.arpa: a pruned model of separate sentences, as other programs write them: n-grams in no order, <s> before each
sentence, nothing after </s>, back-off weights above 1, none where nothing goes on.
"""
import argparse
import collections
import importlib.metadata
import json
import math
import pathlib
import random
import sys
import tempfile

import kenlm

import make_ngram

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "ngram"
SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
BEGIN, END = 2, 3


def word_of(id):
    return SPECIAL[id] if id < len(SPECIAL) else f"w{id}"


def arpa_text(sections):
    """sections: for each length rows (log10 p, words, log10 back-off or None)."""
    lines = ["\\data\\"] + [f"ngram {k}={len(rows)}" for k, rows in enumerate(sections, 1)]
    for k, rows in enumerate(sections, 1):
        lines += ["", f"\\{k}-grams:"]
        for p, words, back_off in rows:
            lines.append(f"{p:.7g}\t{' '.join(words)}" + ("" if back_off is None else f"\t{back_off:.7g}"))
    return "\n".join(lines + ["", "\\end\\", ""])


def kneser_ney_sections(model, ids):
    """All n-grams and what opens them; those that begin with </s> once more with <s>."""
    order = model.order
    longest = set(make_ngram.ngrams(ids, order))
    sections = []
    for k in range(1, order + 1):
        grams = set(make_ngram.ngrams(ids, k)) | {gram[:k] for gram in longest}
        if k == 1:
            grams |= {(word,) for word in range(model.size)}
        rows = []
        for gram in sorted(grams):
            context = gram[:-1]
            p = model.interpolate(gram[-1], context, model.probability_lower(gram[-1], context))
            back_off = None
            if k < order:
                total = model.totals[k + 1][gram]
                kept = sum(d * t for d, t in zip(model.discounts[k + 1], model.types[k + 1][gram]))
                back_off = math.log10(kept / total) if total else 0.0
            rows.append((gram, math.log10(p), back_off))
        found = {gram: (p, back_off) for gram, p, back_off in rows}
        if k == 1:
            found[(BEGIN,)] = (found[(BEGIN,)][0], found[(END,)][1])
        else:
            found.update({(BEGIN,) + gram[1:]: row for gram, row in list(found.items()) if gram[0] == END})
        sections.append([(p, [word_of(i) for i in gram], back_off) for gram, (p, back_off) in sorted(found.items())])
    return sections


def back_off_sections(sentences, order):
    """Absolute discounting in back-off form, n-grams seen once left out above the bigrams."""
    counts = {k: collections.Counter() for k in range(1, order + 1)}
    for sentence in sentences:
        words = ["<s>"] + sentence + ["</s>"]
        for k in counts:
            for i in range(len(words) - k + 1):
                if not (k == 1 and i == 0):
                    counts[k][tuple(words[i : i + k])] += 1
    for k in range(3, order + 1):
        counts[k] = {g: c for g, c in counts[k].items() if c > 1 and (k == 3 or g[:-1] in counts[k - 1])}
    vocabulary = sorted(w for (w,) in counts[1]) + ["<unk>"]
    total = sum(counts[1].values()) + 1
    p = {1: {(w,): (counts[1].get((w,), 0) or 1) / total for w in vocabulary}}
    bow = collections.defaultdict(lambda: 1.0)

    def lower(words):
        if words in p.get(len(words), {}):
            return p[len(words)][words]
        return bow[words[:-1]] * lower(words[1:])

    for k in range(2, order + 1):
        after = collections.defaultdict(dict)
        for gram, count in counts[k].items():
            after[gram[:-1]][gram[-1]] = count
        p[k] = {}
        for context, seen in after.items():
            all_seen = counts[k - 1].get(context) or sum(1 for s in sentences)  # <s> stands before each sentence
            for word, count in seen.items():
                p[k][context + (word,)] = (count - 0.6) / all_seen
            left = 1 - sum(p[k][context + (w,)] for w in seen)
            bow[context] = left / (1 - sum(lower(context[1:] + (w,)) for w in seen))
    sections = []
    chance = random.Random(4)
    for k in range(1, order + 1):
        grams = list(p[k]) + ([("<s>",)] if k == 1 else [])
        chance.shuffle(grams)
        rows = []
        for gram in grams:
            log_p = -99 if gram == ("<s>",) else math.log10(p[k][gram])
            rows.append((log_p, gram, math.log10(bow[gram]) if k < order and gram in bow else None))
        sections.append(rows)
    return sections


def stream_scores(model, words, order):
    """log10 of each word of a stream; </s> stands before it."""
    state, after = kenlm.State(), kenlm.State()
    model.NullContextWrite(state)
    for _ in range(order - 1):
        model.BaseScore(state, "</s>", after)
        state, after = after, state
    scores = []
    for word in words:
        scores.append(model.BaseScore(state, word, after))
        state, after = after, state
    return scores


def make():
    chance = random.Random(7)
    size, order = 40, 4
    ids, test = make_ngram.make_text(3000, size, 5), make_ngram.make_text(150, size, 6)
    lines, line = [], []
    for id in test:
        if id == END:
            lines.append(" ".join(line))
            line = []
        else:
            line.append(word_of(id))
    names = ["the", "cat", "dog", "sat", "ran", "naïve", "中文", "3", "-1.5", "on", "mat", ","]
    sentences = [[names[int(len(names) * chance.random() ** 2)] for _ in range(chance.randint(1, 6))] for _ in range(300)]
    heard = [" ".join(names[int(len(names) * chance.random() ** 1.5)] for _ in range(chance.randint(1, 7)))
             for _ in range(40)] + ["the absent cat", "absent"]
    files = {"kneser_ney.arpa": arpa_text(kneser_ney_sections(make_ngram.KneserNey(ids, order, size), ids)),
             "back_off.arpa": arpa_text(back_off_sections(sentences, 3))}
    golden = {"made_by": f"tests/parity/make_arpa.py, kenlm {importlib.metadata.version('kenlm')}"}
    with tempfile.TemporaryDirectory() as folder:
        models = {}
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.write_text(text)
            models[name] = kenlm.Model(str(path))
        stream = models["kneser_ney.arpa"]
        golden["kneser_ney"] = {
            "vocabulary": size, "order": order, "ids": ids, "test": test,
            "scores": stream_scores(stream, map(word_of, test), order),  # </s> is a word of the stream
            "line_scores": [stream.score(line, bos=True, eos=True) for line in lines]}  # each line after <s>
        golden["back_off"] = {
            "sentences": heard, "scores": [models["back_off.arpa"].score(line, bos=True, eos=True) for line in heard]}
    files["arpa.json"] = json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n"
    return files


def check(files):
    for name, text in files.items():
        stored = (DATA / name).read_text()
        same = make_ngram.same(round_all(json.loads(text)), round_all(json.loads(stored))) if name.endswith(".json") \
            else text == stored
        if not same:
            sys.exit(f"{DATA / name}: differs from what was made anew")
        print(f"{DATA / name}: agrees")


def round_all(value):
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return [round_all(one) for one in value]
    if isinstance(value, dict):
        return {key: round_all(one) for key, one in value.items()}
    return value


def score(arpa, text, line_ends):
    model = kenlm.Model(arpa)
    words = []
    with open(text) as lines:
        for line in lines:
            words += line.split() + (["</s>"] if line_ends else [])
    scores = stream_scores(model, words, model.order)
    total = sum(scores)
    print(json.dumps({"perplexity": 10 ** (-total / len(scores)), "log_probability_sum": total * math.log(10),
                      "tokens": len(scores)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--score", nargs=2, metavar=("ARPA", "TEXT"))
    parser.add_argument("--no-line-ends", action="store_true")
    options = parser.parse_args()
    if options.score:
        score(*options.score, not options.no_line_ends)
    elif options.check:
        check(make())
    else:
        for name, text in make().items():
            (DATA / name).write_text(text)


if __name__ == "__main__":
    main()
