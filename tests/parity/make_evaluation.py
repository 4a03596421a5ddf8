#!/usr/bin/env python3
"""Makes tests/data/evaluation/: random word vectors, test files, and what scipy and gensim say of them.

Run with gensim 4.4.0, scipy 1.17.1, numpy 2.4.6: python tests/parity/make_evaluation.py [--check]
--check makes the golden anew from the committed vectors and test files and compares (1e-5: gensim has float32).
"""
import json
import math
import pathlib
import sys

import gensim
import numpy as np
import scipy
import scipy.stats
from gensim.models import KeyedVectors

folder = pathlib.Path(__file__).parent.parent / "data/evaluation"
check = "--check" in sys.argv[1:]
RESTRICT = 50


def make_files():
    rng = np.random.default_rng(11)
    folder.mkdir(parents=True, exist_ok=True)
    words = [f"w{i}" for i in range(80)]
    rows = rng.normal(size=(80, 6)).astype(np.float32)
    relation = {section: rng.normal(size=6) * 2 for section in ("capital", "gram1-plural")}
    lines, pairs = [], []
    for number, (section, shift) in enumerate(relation.items()):
        members = rng.permutation(60)[:16]
        for left, right in zip(members[::2], members[1::2]):
            rows[right] = rows[left] + shift + rng.normal(size=6) * 0.6
        lines.append(f": {section}")
        for a, b in zip(members[::2], members[1::2]):
            for c, d in zip(members[::2], members[1::2]):
                if a != c:
                    lines.append(f"w{a} w{b} w{c} w{d}")
        lines += [f"w{number} nosuch w3 w4", "w5 w6 w7 w79"]
    for _ in range(60):
        a, b = rng.integers(80, size=2)
        pairs.append(f"w{a}\tw{b}\t{rng.integers(0, 20) / 2}")
    pairs += ["w1\tnosuch\t3", "absent\tw2\t4.5"]
    vectors = KeyedVectors(vector_size=6)
    vectors.add_vectors(words, rows)
    vectors.save_word2vec_format(str(folder / "vectors.txt"), binary=False)
    (folder / "questions.txt").write_text("\n".join(lines) + "\n")
    (folder / "pairs.tsv").write_text("# first\tsecond\tscore\n" + "\n".join(pairs) + "\n")


def counts(sections):
    return {s["section"]: {"right": len(s["correct"]), "seen": len(s["correct"]) + len(s["incorrect"])}
            for s in sections}


def cosmul_counts(vectors):
    """Levy & Goldberg's 3CosMul over the first RESTRICT words; gensim's test has 3CosAdd only."""
    units = vectors.vectors[:RESTRICT].astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    found = {}
    for line in (folder / "questions.txt").read_text().splitlines():
        if line.startswith(": "):
            section = found.setdefault(line[2:], {"right": 0, "seen": 0})
            continue
        rows = [vectors.key_to_index.get(word, RESTRICT) for word in line.split()]
        if max(rows) >= RESTRICT:
            continue
        a, b, c = ((1 + units @ units[row]) / 2 for row in rows[:3])
        scores = b * c / (a + 0.001)
        scores[rows[:3]] = -1
        section["seen"] += 1
        section["right"] += int(scores.argmax()) == rows[3]
    return found


def respelled(vectors):
    """The words from w60 on become other spellings of the first: W0, W1, ..."""
    other = KeyedVectors(vector_size=vectors.vector_size)
    other.add_vectors([word if i < 60 else f"W{i - 60}" for i, word in enumerate(vectors.index_to_key)], vectors.vectors)
    return other


def make_golden():
    vectors = KeyedVectors.load_word2vec_format(str(folder / "vectors.txt"))
    golden = {"made_by": f"gensim {gensim.__version__}, scipy {scipy.__version__}", "restrict": RESTRICT}
    _, sections = vectors.evaluate_word_analogies(
        str(folder / "questions.txt"), restrict_vocab=RESTRICT, case_insensitive=False, dummy4unknown=False)
    golden["analogy"] = counts(sections)
    golden["cosmul"] = cosmul_counts(vectors)
    _, sections = respelled(vectors).evaluate_word_analogies(str(folder / "questions.txt"), restrict_vocab=80)
    golden["folded"] = counts(sections)
    _, spearman, out = vectors.evaluate_word_pairs(str(folder / "pairs.tsv"), delimiter="\t", case_insensitive=False)
    golden["similarity"] = {"spearman": float(spearman[0]), "missing_percent": float(out)}
    _, spearman, _ = vectors.evaluate_word_pairs(str(folder / "pairs.tsv"), delimiter="\t", restrict_vocab=RESTRICT,
                                                 dummy4unknown=True)
    golden["similarity"]["cut_spearman_on_all"] = float(spearman[0])
    _, spearman, out = respelled(vectors).evaluate_word_pairs(str(folder / "pairs.tsv"), delimiter="\t")
    golden["similarity"] |= {"folded_spearman": float(spearman[0]), "folded_missing_percent": float(out)}
    rng = np.random.default_rng(12)
    golden["spearman"] = []
    for size, values in ((5, 100), (40, 6), (200, 30), (2, 9)):
        a, b = rng.integers(values, size=size), rng.integers(values, size=size)
        a[0], a[1], b[0], b[1] = 0, 1, 2, 1
        golden["spearman"].append(
            {"first": a.tolist(), "second": b.tolist(), "correlation": float(scipy.stats.spearmanr(a, b)[0])})
    return golden


def same(a, b):
    if isinstance(a, float):
        return math.isclose(a, b, abs_tol=1e-5)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


if check:
    if not same(make_golden(), json.loads((folder / "golden.json").read_text())):
        sys.exit(f"{folder}/golden.json: differs from what was made anew")
else:
    make_files()
    (folder / "golden.json").write_text(json.dumps(make_golden(), indent=1) + "\n")
