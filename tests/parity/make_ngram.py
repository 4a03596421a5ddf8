#!/usr/bin/env python3
"""Goldens of the n-gram models, from an implementation of their papers' equations with plain dictionaries.

    tests/parity/make_ngram.py            writes tests/data/ngram/golden.json
    tests/parity/make_ngram.py --check    makes it anew and compares (1e-9)

Nothing but the standard library. The text is made here, by a small random grammar with a fixed seed.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import sys

END = 3  # the id that closes a line and stands before the text
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "data" / "ngram" / "golden.json"


def ngrams(ids, order):
    """All n-grams of `order` that end at a token; END stands before the first."""
    padded = [END] * (order - 1) + list(ids)
    return [tuple(padded[i : i + order]) for i in range(len(ids))]


class KneserNey:
    """Interpolated modified Kneser-Ney: Chen & Goodman (1998), section 4.1.7 and appendix."""

    def __init__(self, ids, order, size):
        self.order, self.size = order, size
        seen = {k: collections.Counter(ngrams(ids, k)) for k in range(1, order + 1)}
        self.counts = {order: seen[order]}
        for k in range(order - 1, 0, -1):  # how many different words come before
            self.counts[k] = collections.Counter(gram[1:] for gram in seen[k + 1])
        self.discounts = {k: self.discounts_of(c) for k, c in self.counts.items()}
        self.totals, self.types = {}, {}
        for k, counts in self.counts.items():
            self.totals[k] = collections.Counter()
            self.types[k] = collections.defaultdict(lambda: [0, 0, 0])
            for gram, count in counts.items():
                self.totals[k][gram[:-1]] += count
                self.types[k][gram[:-1]][min(count, 3) - 1] += 1

    @staticmethod
    def discounts_of(counts):
        n = [sum(1 for c in counts.values() if c == i) for i in range(1, 5)]
        fallback = [0.5, 1.0, 1.5]
        if 0 in n:
            return fallback
        y = n[0] / (n[0] + 2 * n[1])
        found = [i - (i + 1) * y * n[i] / n[i - 1] for i in range(1, 4)]
        return found if all(0 < d <= i for i, d in enumerate(found, 1)) else fallback

    def probability(self, word, context):
        context = tuple(context)[len(context) - (self.order - 1) :]
        lower = self.probability_lower(word, context)
        return self.interpolate(word, context, lower)

    def probability_lower(self, word, context):
        if not context:
            return 1 / self.size
        return self.interpolate(word, context[1:], self.probability_lower(word, context[1:]))

    def interpolate(self, word, context, lower):
        k = len(context) + 1
        total = self.totals[k][context]
        if total == 0:
            return lower
        count = self.counts[k][context + (word,)]
        discounts = self.discounts[k]
        own = count - discounts[min(count, 3) - 1] if count > 0 else 0
        kept_back = sum(d * t for d, t in zip(discounts, self.types[k][context]))
        return (own + kept_back * lower) / total


class DeletedInterpolation:
    """Jelinek & Mercer (1980) with the buckets of Bengio et al. (2003), section 4.2: weights depend on how often the
    context was seen; EM on blocks set aside from the training text; then counts from all of it."""

    def __init__(self, ids, order, size, every=10, longest_block=10000, iterations=30):
        self.order, self.size = order, size
        block = max(1, min(longest_block, len(ids) // 100))
        held = [t // block % every == every - 1 for t in range(len(ids))]
        grams = {k: ngrams(ids, k) for k in range(1, order + 1)}
        self.count({k: [g for g, h in zip(grams[k], held) if not h] for k in grams})
        data = [g for g, h in zip(grams[order], held) if h]
        self.weights = self.fit(data, iterations)
        self.count(grams)

    def count(self, grams):
        self.counts = {k: collections.Counter(g) for k, g in grams.items()}
        self.totals = {k: collections.Counter() for k in grams}
        for k, counts in self.counts.items():
            for gram, count in counts.items():
                self.totals[k][gram[:-1]] += count

    def bucket(self, context):
        return math.ceil(math.log(1 + self.totals[self.order][context]))

    def estimates(self, word, context):
        """Zerogram, unigram, …; an order whose context was never seen says what the one below it says."""
        result = [1 / self.size]
        for k in range(1, self.order + 1):
            h = context[len(context) - (k - 1) :]
            total = self.totals[k][h]
            result.append(self.counts[k][h + (word,)] / total if total else result[-1])
        return result

    def fit(self, data, iterations):
        orders = self.order + 1
        distinct = collections.Counter(data)
        rows = [(self.bucket(g[:-1]), n, self.estimates(g[-1], g[:-1])) for g, n in distinct.items()]
        everywhere = self.em([(n, p) for _, n, p in rows], [1 / orders] * orders, 1, iterations)
        weights = {}
        for bucket in range(64):
            weights[bucket] = self.em([(n, p) for b, n, p in rows if b == bucket], everywhere, 5, iterations)
        return weights

    @staticmethod
    def em(rows, prior, strength, iterations):
        """`prior` counts like `strength` words seen, so that no weight becomes nought."""
        weights = list(prior)
        total = sum(n for n, _ in rows) + strength
        for _ in range(iterations):
            shares = [strength * p for p in prior]
            for n, estimates in rows:
                mixed = sum(w * p for w, p in zip(weights, estimates))
                for k, p in enumerate(estimates):
                    shares[k] += n * weights[k] * p / mixed
            weights = [s / total for s in shares]
        return weights

    def probability(self, word, context):
        context = tuple(context)[len(context) - (self.order - 1) :]
        weights = self.weights[self.bucket(context)]
        return sum(w * p for w, p in zip(weights, self.estimates(word, context)))


def make_text(tokens, size, seed):
    """Lines of words that follow each other by chance, some far more often than others; id 1 is the unknown word."""
    chance = random.Random(seed)
    words = [1] + list(range(5, size))
    follow = {w: [words[int(len(words) * chance.random() ** 2)] for _ in range(6)] for w in words}
    ids, word = [], words[1]
    while len(ids) < tokens:
        word = chance.choice(follow[word]) if chance.random() < 0.8 else words[int(len(words) * chance.random() ** 3)]
        ids.append(word)
        if chance.random() < 0.12:
            ids.append(END)
    ids.append(END)
    return ids


MODELS = [
    ("kneser-ney", 1, KneserNey),
    ("kneser-ney", 3, KneserNey),
    ("kneser-ney", 5, KneserNey),
    ("deleted-interpolation", 1, DeletedInterpolation),
    ("deleted-interpolation", 3, DeletedInterpolation),
    ("deleted-interpolation", 4, DeletedInterpolation),
]


def mixture_weight(pairs, prior, strength):
    """EM for the share of the second of two models: pairs of probabilities of the same words."""
    weight = prior
    for _ in range(1000):
        share = strength * prior + sum(weight * b / ((1 - weight) * a + weight * b) for a, b in pairs)
        before, weight = weight, share / (len(pairs) + strength)
        if abs(weight - before) < 1e-6:
            break
    return weight


def mixtures():
    """Kneser-Ney mixed with deleted interpolation: one weight, and one for each bucket of the context's frequency
    (Bengio et al. 2003, section 3.1); learned on one text, measured on another."""
    size, order = 40, 3
    ids, valid, test = make_text(4000, size, 1), make_text(1500, size, 21), make_text(700, size, 22)
    model, other = KneserNey(ids, order, size), DeletedInterpolation(ids, order, size)

    def scores(text):
        padded = [END] * order + text
        rows = []
        for i, word in enumerate(text):
            context = tuple(padded[i + 1 : i + order])
            rows.append((model.probability(word, context), other.probability(word, context), other.bucket(context)))
        return rows

    def perplexity(rows, weight_of):
        total = sum(math.log((1 - weight_of(q)) * a + weight_of(q) * b) for a, b, q in rows)
        return math.exp(-total / len(rows))

    learn, measure = scores(valid), scores(test)
    constant = mixture_weight([(a, b) for a, b, _ in learn], 0.5, 0)
    by_bucket = {q: mixture_weight([(a, b) for a, b, bucket in learn if bucket == q], constant, 5) for q in range(23)}
    return {"vocabulary": size, "order": order, "ids": ids, "valid": valid, "test": test,
            "model": {"valid": perplexity(learn, lambda q: 0), "test": perplexity(measure, lambda q: 0)},
            "other": {"valid": perplexity(learn, lambda q: 1), "test": perplexity(measure, lambda q: 1)},
            "half": {"valid": perplexity(learn, lambda q: 0.5), "test": perplexity(measure, lambda q: 0.5)},
            "constant": {"weight": constant, "valid": perplexity(learn, lambda q: constant),
                         "test": perplexity(measure, lambda q: constant)},
            "by_frequency": {"weights": list(by_bucket.values()), "valid": perplexity(learn, by_bucket.get),
                             "test": perplexity(measure, by_bucket.get),
                             "tokens": [sum(1 for row in learn if row[2] == q) for q in range(23)]}}


def make():
    cases = []
    for tokens, size, seed in ((4000, 40, 1), (300, 100, 2), (6, 12, 3)):
        ids = make_text(tokens, size, seed)
        test = make_text(60, size, seed + 10)
        for smoothing, order, kind in MODELS:
            model = kind(ids, order, size)
            padded = [END] * order + test
            places = range(len(test))
            scores = [math.log(model.probability(test[i], tuple(padded[i + 1 : i + order]))) for i in places]
            contexts = [padded[i + 1 : i + 1 + order] for i in (0, 7, 21)] + [ids[2 : 2 + order]]
            distributions = []
            for context in contexts:
                row = [model.probability(w, tuple(context)) for w in range(size)]
                assert abs(sum(row) - 1) < 1e-9, (smoothing, order, sum(row))
                distributions.append(row)
            cases.append({"smoothing": smoothing, "order": order, "vocabulary": size, "ids": ids, "test": test,
                          "scores": scores, "contexts": contexts, "distributions": distributions})
    return {"made_by": "tests/parity/make_ngram.py, Python standard library", "cases": cases, "mixture": mixtures()}


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    made = make()
    if parser.parse_args().check:
        if not same(made, json.loads(GOLDEN.read_text())):
            sys.exit(f"{GOLDEN}: differs from what was made anew")
        print(f"{GOLDEN}: agrees")
        return
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
