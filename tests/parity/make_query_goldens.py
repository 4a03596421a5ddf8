"""Makes tests/data/vectors/queries.json: what gensim, numpy and scipy answer to questions about gensim.bin.

Run with gensim 4.4.0, numpy 2.4.6 and scipy 1.17.1: python tests/parity/make_query_goldens.py [--check]
3CosMul is Levy & Goldberg's equation 4 in numpy (ε = 0.001; gensim has 0.000001, its order must be the same); the odd
one out is gensim's; texts are compared by gensim's mean of unit vectors; the word mover's distance is scipy's solution
of the linear program of Kusner et al. (gensim's needs another package).
"""
import collections
import json
import math
import pathlib
import sys

import gensim
import numpy as np
import scipy
from gensim.models import KeyedVectors
from scipy.optimize import linprog

folder = pathlib.Path(__file__).parent.parent / "data/vectors"
check = "--check" in sys.argv[1:]
vectors = KeyedVectors.load_word2vec_format(str(folder / "gensim.bin"), binary=True)
units = vectors.vectors.astype(np.float64)
units /= np.linalg.norm(units, axis=1, keepdims=True)
row = vectors.key_to_index


def cosmul(a, b, c):
    near = {word: (1 + units @ units[row[word]]) / 2 for word in (a, b, c)}
    scores = near[b] * near[c] / (near[a] + 0.001)
    best = [i for i in np.argsort(-scores, kind="stable") if vectors.index_to_key[i] not in (a, b, c)][:5]
    answers = [[vectors.index_to_key[i], float(scores[i])] for i in best]
    theirs = [word for word, _ in vectors.most_similar_cosmul(positive=[b, c], negative=[a], topn=5)]
    if theirs != [word for word, _ in answers]:
        sys.exit(f"3CosMul of {a} {b} {c}: gensim has another order")
    return {"a": a, "b": b, "c": c, "answers": answers}


def mean_similarity(first, second):
    one, other = (vectors.get_mean_vector(text, pre_normalize=True).astype(np.float64) for text in (first, second))
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def movers_distance(first, second):
    bags = [collections.Counter(text) for text in (first, second)]
    here, there = list(bags[0]), list(bags[1])
    cost = np.array([[np.linalg.norm(units[row[a]] - units[row[b]]) for b in there] for a in here])
    rows, columns = cost.shape
    equal = np.zeros((rows + columns, rows * columns))
    for i in range(rows):
        equal[i, i * columns:(i + 1) * columns] = 1
    for j in range(columns):
        equal[rows + j, j::columns] = 1
    shares = [bags[0][a] / len(first) for a in here] + [bags[1][b] / len(second) for b in there]
    return float(linprog(cost.ravel(), A_eq=equal, b_eq=shares, method="highs").fun)


texts = [("the king of Athens", "queen to woman and man"), ("king", "queen"), ("the the of", "the of of"),
         ("man and woman", "woman and man"), ("new_york don't 10", "café naïve 中文 字 🙂 ü 3.14 - , king king"),
         ("the of and to man king woman queen", "Athens Greece café naïve 中文 字 🙂 ü")]
pairs = [(first.split(), second.split()) for first, second in texts]
golden = {
    "made_by": f"gensim {gensim.__version__}, numpy {np.__version__}, scipy {scipy.__version__}",
    "cosmul": [cosmul(*words) for words in (("man", "king", "woman"), ("Athens", "Greece", "café"), ("the", "of", "🙂"))],
    "odd": [{"words": words, "order": [[word, float(near)] for near, word in vectors.rank_by_centrality(words)[::-1]]}
            for words in (["man", "king", "woman", "queen"], ["the", "of", "and", "café", "🙂"], ["10", "3.14", "-"])],
    "texts": [{"first": " ".join(first), "second": " ".join(second), "similarity": mean_similarity(first, second),
               "distance": movers_distance(first, second)} for first, second in pairs]}


def same(a, b):
    if isinstance(a, float):
        return math.isclose(a, b, abs_tol=2e-6)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a if key != "made_by")
    return a == b


if not check:
    (folder / "queries.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
elif not same(golden, json.loads((folder / "queries.json").read_text(encoding="utf-8"))):
    sys.exit(f"{folder}/queries.json: differs from what was made anew")
else:
    print("queries.json: the same")
