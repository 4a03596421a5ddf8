"""Holds zoo evaluate against gensim 4.4.0 on real vectors: counts of every analogy section, Spearman's correlations.

python tests/parity/compare_evaluation.py VECTORS QUESTIONS [PAIRS...] [--zoo build/release/bin/zoo] [--restrict 30000]
VECTORS is a word2vec file (binary where its name ends in .bin), QUESTIONS like questions-words.txt, PAIRS with tabs.
3CosMul is counted by numpy with gensim's rules of vocabulary and case: gensim's own test has 3CosAdd only.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from gensim.models import KeyedVectors

arguments = argparse.ArgumentParser()
arguments.add_argument("vectors")
arguments.add_argument("questions")
arguments.add_argument("pairs", nargs="*")
arguments.add_argument("--zoo", default="build/release/bin/zoo")
arguments.add_argument("--restrict", type=int, default=30000)
options = arguments.parse_args()
vectors = KeyedVectors.load_word2vec_format(options.vectors, binary=options.vectors.endswith(".bin"),
                                            unicode_errors="replace")
wrong = 0


def zoo(task, file, *more):
    command = [options.zoo, "evaluate", "--model", options.vectors, "--task", task, "--input", str(file), "--json", *more]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(what, ours, theirs):
    global wrong
    same = abs(ours - theirs) < 1e-6
    wrong += not same
    print(f"{'same ' if same else 'OTHER'}  {what:<42} {ours} {theirs}")


def cosmul(fold):
    """Right and seen by section."""
    words = [fold(word) for word in vectors.index_to_key[:options.restrict]]
    first = {}
    for i, word in enumerate(words):
        first.setdefault(word, i)
    spellings = {}
    for i, word in enumerate(words):
        spellings.setdefault(first[word], []).append(i)
    units = vectors.vectors[:len(words)] / np.linalg.norm(vectors.vectors[:len(words)], axis=1, keepdims=True)
    counts, batch = {}, []

    def answer():
        if not batch:
            return
        rows = np.array([row for _, row in batch])
        a, b, c = ((1 + units[rows[:, k]] @ units.T) / 2 for k in range(3))
        scores = b * c / (a + 0.001)
        for q, (section, question) in enumerate(batch):
            scores[q, [row for word in question[:3] for row in spellings[word]]] = -1
            counts[section][0] += first[words[int(scores[q].argmax())]] == question[3]
            counts[section][1] += 1
        batch.clear()

    for line in pathlib.Path(options.questions).read_text(encoding="utf-8").splitlines():
        if line.startswith(": "):
            section = line[2:].strip()
            counts[section] = [0, 0]
            continue
        rows = [first.get(fold(word)) for word in line.split()]
        if None not in rows:
            batch.append((section, rows))
        if len(batch) == 128:
            answer()
    answer()
    return counts


for case, folded in (("fold", True), ("keep", False)):
    ours = zoo("analogy", options.questions, "--restrict", str(options.restrict), "--case", case)
    _, sections = vectors.evaluate_word_analogies(options.questions, restrict_vocab=options.restrict,
                                                  case_insensitive=folded)
    for section in sections:
        score = ours["sections"].get(section["section"], ours["total"])
        right, seen = len(section["correct"]), len(section["correct"]) + len(section["incorrect"])
        compare(f"{case} {section['section']} right", score["right"], right)
        compare(f"{case} {section['section']} seen", score["seen"], seen)
    ours = zoo("analogy", options.questions, "--restrict", str(options.restrict), "--case", case, "--method", "3cosmul")
    for section, (right, seen) in cosmul(str.upper if folded else str).items():
        compare(f"{case} {section} 3cosmul right", ours["sections"][section]["right"], right)
        compare(f"{case} {section} 3cosmul seen", ours["sections"][section]["seen"], seen)
    for pairs in options.pairs:
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as clean:  # gensim wants three columns
            text = pathlib.Path(pairs).read_text(encoding="utf-8")
            rows = [line.replace("\t", " ").split() for line in text.splitlines() if not line.startswith("#")]
            number = next(k for k in range(2, len(rows[1])) if rows[1][k].replace(".", "").isdigit())
            clean.write("".join("\t".join([*row[:2], row[number]]) + "\n" for row in rows
                                if row and row[number].replace(".", "").isdigit()))
            clean.flush()
            for dummy, key in ((False, "spearman"), (True, "spearman_on_all")):
                _, theirs, missing = vectors.evaluate_word_pairs(clean.name, restrict_vocab=options.restrict,
                                                                 case_insensitive=folded, dummy4unknown=dummy)
                ours = zoo("similarity", pairs, "--restrict", str(options.restrict), "--case", case)
                compare(f"{case} {pathlib.Path(pairs).name} {key}", ours[key], float(theirs[0]))
                compare(f"{case} {pathlib.Path(pairs).name} missing", 100 * (1 - ours["coverage"]), float(missing))
sys.exit(f"{wrong} differ" if wrong else 0)
