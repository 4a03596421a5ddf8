"""What gensim makes of files of word vectors, as one line of JSON: words, first row, neighbours of some words.

python check_vectors.py FILE...   A name with ".bin" is word2vec binary, with "glove" a text without header.
"--gensim-data" in place of files reads those of gensim's own test data that are in word2vec's or GloVe's format.
"""
import json
import pathlib
import sys

import gensim
from gensim.models import KeyedVectors

OWN = ["high_precision.kv.txt", "high_precision.kv.bin", "euclidean_vectors.bin", "lee_fasttext.vec", "test_glove.txt",
       "crime-and-punishment.vec", "pang_lee_polarity_fasttext.vec", "word2vec_pre_kv_c",
       "toy-model.vec"]


def seen(path):
    binary = ".bin" in path.name
    vectors = KeyedVectors.load_word2vec_format(str(path), binary=binary, no_header="glove" in path.name,
                                                unicode_errors="ignore")
    chosen = vectors.index_to_key[:: max(1, len(vectors) // 7)]
    return {"file": str(path), "words": vectors.index_to_key, "first": [float(x) for x in vectors.vectors[0]],
            "neighbours": {word: vectors.most_similar(word, topn=4) for word in chosen}}


if sys.argv[1] == "--gensim-data":
    folder = pathlib.Path(gensim.__file__).parent / "test/test_data"
    paths = [folder / name for name in OWN if (folder / name).exists()]
else:
    paths = [pathlib.Path(name) for name in sys.argv[1:]]
print(json.dumps([seen(path) for path in paths]))
