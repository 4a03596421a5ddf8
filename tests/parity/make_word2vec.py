#!/usr/bin/env python3
"""Word2Vec written again from its equations, in plain Python with double precision, one update after the other.

Makes tests/data/word2vec/parity.json; with --check compares what is made with the file and changes nothing.
Needs nothing but Python 3.8 and word2vec_tables.py. Shares with the C++ code only what models/word2vec/README.md says in
words: the numbers of xoshiro256** and how each draw is used.
"""

import argparse
import json
import math
import pathlib
import sys

from word2vec_tables import SPECIAL, Alias, Random, buckets_of, huffman, spelled

END = 3
BLOCK, SENTENCE = 2048, 1000

GROUP = 4  # inputs that meet the outputs' old rows together
AT_ONCE, USES = 256, 8  # noise words drawn at once, and how often each serves but in exact mode


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def log_loss(x):
    """−log σ(x)"""
    return max(-x, 0.0) + math.log1p(math.exp(-abs(x)))


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


class Trainer:
    def __init__(self, corpus, options):
        self.o = options
        self.ids = [w for line in corpus for w in line + [END]]
        self.starts, place = [], 0
        for line in corpus:
            self.starts.append(place)
            place += len(line) + 1
        self.starts.append(place)
        v = options["vocabulary"]
        self.counts = [0] * v
        for w in self.ids:
            self.counts[w] += 1
        words = sum(self.counts[SPECIAL:])
        self.keep = [0.0] * v
        for w in range(SPECIAL, v):
            if self.counts[w]:
                f = self.counts[w] / words
                t = options["sample"]
                self.keep[w] = 1.0 if t == 0 else min(1.0, (math.sqrt(f / t) + 1) * t / f)
        self.noise = Alias(self.counts, options["noise_exponent"])
        self.paths = huffman(self.counts)
        random = Random(options["seed"], 0)
        d = options["dim"]
        rows, width = v, 1.0
        self.rows = [[w] for w in range(v)]  # whose mean is a word's vector
        if options.get("max_n"):
            rows, width = v + options["buckets"], 2.0
            for w in range(SPECIAL, v):
                self.rows[w] += [v + b for b in buckets_of(spelled(w), options["min_n"], options["max_n"],
                                                           options["buckets"])]
        self.input = [[0.0] * d for _ in range(rows)]
        for w in range(SPECIAL, rows):
            self.input[w] = [width * (random.uniform() - 0.5) / d for _ in range(d)]
        self.output = [[0.0] * d for _ in range(v)]
        self.loss, self.pairs, self.updates = 0.0, 0, 0

    def start_of(self, block):
        place = block * BLOCK
        line = next((s for s in self.starts if s >= place), len(self.ids))
        if place >= len(self.ids):
            return len(self.ids)
        return line if line < place + BLOCK else place

    def run(self):
        n = len(self.ids)
        per_epoch = (n + BLOCK - 1) // BLOCK
        total = n * self.o["epochs"]
        for epoch in range(self.o["epochs"]):
            for block in range(per_epoch):
                number = epoch * per_epoch + block
                random, self.drawn = Random(self.o["seed"], number + 1), self.noise_words(2**64 - 1 - number)
                place, end = self.start_of(block), self.start_of(block + 1)
                while place < end:
                    rate = self.o["rate"] * max(1e-4, 1 - (epoch * n + place) / (total + 1))
                    sentence = []
                    while place < end and len(sentence) < SENTENCE:
                        w = self.ids[place]
                        place += 1
                        if w == END:
                            break
                        if w < SPECIAL:
                            continue
                        if self.o["sample"] > 0 and not (random.bits() >> 32) < max(1, int(self.keep[w] * 2**32)):
                            continue
                        sentence.append(w)
                    self.sentence(sentence, rate, random)

    def noise_words(self, stream):
        """Noise in batches, each given out in the order drawn and then again by strides through it."""
        random, uses = Random(self.o["seed"], stream), 1 if self.o["mode"] == "exact" else USES
        while True:
            words = [self.noise.draw(random) for _ in range(AT_ONCE)]
            yield from words
            for _ in range(uses - 1):
                bits = random.bits()
                step, place = (bits & 0xFFFFFFFF) | 1, bits >> 32
                for i in range(1, AT_ONCE + 1):
                    yield words[(place + i * step) % AT_ONCE]

    def sentence(self, sentence, rate, random):
        for i, word in enumerate(sentence):
            width = 1 + random.below(self.o["window"])
            around = [sentence[j] for j in range(max(0, i - width), min(len(sentence), i + width + 1)) if j != i]
            if not around:
                continue
            if self.o.get("max_n") and self.o["architecture"] == "skip-gram":
                self.from_word(word, around, rate)
            elif self.o["architecture"] == "cbow":
                self.bag(around, self.outputs(word, self.o["mode"] == "exact"), rate)
            elif self.o["mode"] == "exact":
                for neighbour in around:
                    self.one(neighbour, self.outputs(word, True), rate)
            else:
                self.shared(around, self.outputs(word, False), rate)

    def outputs(self, word, repeats):
        if self.o["objective"] == "hierarchical-softmax":
            return [(node, 1 - bit) for node, bit in self.paths[word]]
        result = [(word, 1)]
        for _ in range(self.o["negative"]):
            noise = next(self.drawn)
            if noise != word and (repeats or (noise, 0) not in result):
                result.append((noise, 0))
        return result

    def g(self, h, out, label, rate):
        score = dot(h, out)
        self.loss += log_loss(score if label else -score)
        return rate * (label - sigmoid(score))

    def change_outputs(self, h, outputs, rate):
        """word2vec.c's inner loop: outputs one after the other; returns what is to be added to h."""
        change = [0.0] * len(h)
        for k, label in outputs:
            out = self.output[k]
            g = self.g(h, out, label, rate)
            change = [c + g * x for c, x in zip(change, out)]
            self.output[k] = [x + g * y for x, y in zip(out, h)]
        return change

    def one(self, neighbour, outputs, rate):
        h = self.input[neighbour]
        self.input[neighbour] = [x + c for x, c in zip(h, self.change_outputs(h, outputs, rate))]
        self.pairs += 1
        self.updates += 1

    def bag(self, around, outputs, rate, pairs=1):
        rows = [row for w in around for row in self.rows[w]]
        h = [sum(column) for column in zip(*(self.input[row] for row in rows))]
        if self.o["cbow_mean"]:
            h = [x / len(rows) for x in h]
        change = self.change_outputs(h, outputs, rate)
        for row in rows:
            self.input[row] = [x + c for x, c in zip(self.input[row], change)]
        self.pairs += pairs
        self.updates += 1

    def from_word(self, word, around, rate):
        """Skip-gram with n-grams, as in fastText: the word in the middle predicts its neighbours."""
        if self.o["mode"] == "exact" or self.o["objective"] == "hierarchical-softmax":
            for neighbour in around:
                self.bag([word], self.outputs(neighbour, True), rate)
            return
        outputs = [(neighbour, 1) for neighbour in around]
        for _ in range(len(around) * self.o["negative"]):
            noise = next(self.drawn)
            if noise not in [name for name, _ in outputs]:
                outputs.append((noise, 0))
        self.bag([word], outputs, rate, len(around))

    def shared(self, around, outputs, rate):
        """Up to GROUP neighbours at a time, as long as none comes twice, against the outputs' old rows."""
        i = 0
        while i < len(around):
            group = []
            for word in around[i:i + GROUP]:
                if word in group:
                    break
                group.append(word)
            h = [self.input[w] for w in group]
            old = [self.output[k] for k, _ in outputs]
            g = [[self.g(x, out, label, rate) for out, (_, label) in zip(old, outputs)] for x in h]
            for n, w in enumerate(group):
                self.input[w] = [x + sum(g[n][k] * old[k][d] for k in range(len(old))) for d, x in enumerate(h[n])]
            for k, (name, _) in enumerate(outputs):
                self.output[name] = [x + sum(g[n][k] * h[n][d] for n in range(len(h))) for d, x in enumerate(old[k])]
            i += len(group)
            self.pairs += len(group)
            self.updates += len(group)


def text(vocabulary, lines, seed):
    """Lines of 1 to 40 words, rank r with probability ∝ 1/(r + 3), each likely to be followed by its neighbour in
    rank; some unknown words."""
    random = Random(seed, 0)
    weight = [1 / (r + 3) for r in range(vocabulary - SPECIAL)]
    total, result = sum(weight), []
    for _ in range(lines):
        line, last = [], 0
        for _ in range(1 + random.below(40)):
            if random.uniform() < 0.3:
                last = (last + 1) % len(weight)
            else:
                x, last = random.uniform() * total, 0
                while x > weight[last] and last + 1 < len(weight):
                    x -= weight[last]
                    last += 1
            line.append(1 if random.uniform() < 0.02 else SPECIAL + last)
        result.append(line)
    return result


def with_ngrams(vocabulary, corpus):
    cases = []
    for architecture, objective, mode in (("skip-gram", "negative-sampling", "shared"),
                                          ("skip-gram", "negative-sampling", "exact"),
                                          ("skip-gram", "hierarchical-softmax", "shared"),
                                          ("cbow", "negative-sampling", "exact"),
                                          ("cbow", "hierarchical-softmax", "exact")):
        o = {"vocabulary": vocabulary, "architecture": architecture, "objective": objective, "mode": mode,
             "dim": 12, "window": 4, "negative": 5, "noise_exponent": 0.75, "sample": 0.05, "cbow_mean": True,
             "rate": 0.05, "epochs": 1, "seed": 13, "min_n": 2, "max_n": 4, "buckets": 90}
        trainer = Trainer(corpus, o)
        trainer.run()
        assert trainer.updates > 2000, trainer.updates
        cases.append({
            "options": o, "updates": trainer.updates, "pairs": trainer.pairs,
            "mean_loss": trainer.loss / trainer.pairs,
            "input_sums": [sum(row) for row in trainer.input[:vocabulary]],
            "ngram_sums": [sum(row) for row in trainer.input[vocabulary:]],
            "output_sums": [sum(row) for row in trainer.output],
            "rows": [5, 11, 40, 299],
            "vectors": [[sum(column) / len(trainer.rows[w]) for column in zip(*(trainer.input[r] for r in trainer.rows[w]))]
                        for w in (5, 11, 40, 299)]})
    return {"pieces": [spelled(w) for w in range(vocabulary)], "cases": cases}


def make():
    vocabulary = 300
    corpus = text(vocabulary, 260, 7)
    cases = []
    for architecture in ("skip-gram", "cbow"):
        for objective in ("negative-sampling", "hierarchical-softmax"):
            for mode in ("exact", "shared"):
                if mode == "shared" and objective != "negative-sampling":
                    continue
                cbow = architecture == "cbow"
                o = {"vocabulary": vocabulary, "architecture": architecture, "objective": objective, "mode": mode,
                     "dim": 12, "window": 4, "negative": 5, "noise_exponent": 0.75, "sample": 0.05, "cbow_mean": True,
                     "rate": 0.05 if cbow else 0.025, "epochs": 2 if cbow else 1, "seed": 11}
                trainer = Trainer(corpus, o)
                trainer.run()
                assert trainer.updates > 10000, trainer.updates
                rows = [5, 6, 17, 40, 299]
                cases.append({
                    "options": o, "updates": trainer.updates, "pairs": trainer.pairs,
                    "mean_loss": trainer.loss / trainer.pairs,
                    "input_sums": [sum(row) for row in trainer.input],
                    "output_sums": [sum(row) for row in trainer.output],
                    "rows": rows,
                    "input": [trainer.input[w] for w in rows], "output": [trainer.output[w] for w in rows]})
    counts = [0] * SPECIAL + [1 + (i * i * 7919) % 1013 for i in range(200)]
    paths = huffman(counts)
    tree = {"counts": counts, "lengths": [len(paths.get(w, [])) for w in range(len(counts))],
            "total": sum(counts[w] * len(p) for w, p in paths.items())}
    return {"made_by": "tests/parity/make_word2vec.py, version 3: plain Python from the equations",
            "corpus": corpus, "cases": cases, "ngrams": with_ngrams(vocabulary, corpus[:150]), "huffman": tree}


def rounded(value):
    if isinstance(value, float):
        return float("%.9g" % value)
    if isinstance(value, list):
        return [rounded(x) for x in value]
    if isinstance(value, dict):
        return {key: rounded(x) for key, x in value.items()}
    return value


def differs(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) > 1e-7 * (1 + abs(b))
    if isinstance(a, list):
        return len(a) != len(b) or any(differs(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() != b.keys() or any(differs(a[key], b[key]) for key in a)
    return a != b


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the stored file, write nothing")
    arguments = parser.parse_args()
    file = pathlib.Path(__file__).resolve().parents[1] / "data" / "word2vec" / "parity.json"
    made = rounded(make())
    if not arguments.check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(made, separators=(",", ":")) + "\n")
        print(f"wrote {file}")
    elif differs(made, json.loads(file.read_text())):
        sys.exit(f"{file}: differs from what this script makes")
    else:
        print(f"{file}: as made")


if __name__ == "__main__":
    main()
