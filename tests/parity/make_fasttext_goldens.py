"""Makes tests/data/vectors/fasttext*.bin, models as fastText and gensim save them, and what they say of words.

Run with fasttext-wheel 0.9.2, gensim 4.4.0 and numpy 2.4.6: python tests/parity/make_fasttext_goldens.py [--check]
--check asks gensim (and fastText, where it is there) again about the files that are there and compares. The files
themselves are not made anew: threads and versions decide the last bits of a training.
"""
import json
import pathlib
import sys
import tempfile

import gensim
import numpy as np
from gensim.models import FastText
from gensim.models.fasttext import load_facebook_model, save_facebook_model

folder = pathlib.Path(__file__).parent.parent / "data/vectors"
check = "--check" in sys.argv[1:]
LINES = ["the cat sat on the mat", "the dog sat on the log", "a naïve café in 中文 and 字 letters", "cats and dogs and mats",
         "the king and the queen of the land", "one of the kings saw the queens", "🙂 ü is a word too", "a cat , a dog ."]
UNKNOWN = ["kingdom", "catlike", "中文字", "Äther", "queenly", "x", "unbelievably"]
NAMES = {"gensim_fasttext.bin": "gensim", "fasttext.bin": "fasttext", "fasttext_labels.bin": "fasttext"}


def make_files():
    import fasttext

    lines = LINES * 12
    model = FastText(vector_size=7, window=3, min_count=1, min_n=2, max_n=4, bucket=40, sg=1, epochs=5, seed=3, workers=1)
    model.build_vocab([line.split() for line in lines])
    model.train([line.split() for line in lines], total_examples=len(lines), epochs=5)
    save_facebook_model(model, str(folder / "gensim_fasttext.bin"))
    with tempfile.TemporaryDirectory() as place:
        text = pathlib.Path(place) / "text"
        text.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fasttext.train_unsupervised(str(text), model="cbow", dim=7, minCount=1, minn=3, maxn=6, bucket=50, thread=1,
                                    epoch=5, verbose=0).save_model(str(folder / "fasttext.bin"))
        text.write_text("".join(f"__label__{'animal' if 'cat' in line or 'dog' in line else 'other'} {line}\n"
                                for line in lines), encoding="utf-8")
        fasttext.train_supervised(str(text), dim=5, minn=2, maxn=3, bucket=30, thread=1, epoch=3,
                                  verbose=0).save_model(str(folder / "fasttext_labels.bin"))


def asked_of_fasttext(path):
    import fasttext

    model = fasttext.load_model(str(path))
    return model.get_words(), model.get_word_vector


def asked_of_gensim(path):
    vectors = load_facebook_model(str(path)).wv
    return vectors.index_to_key, vectors.get_vector


def answers(name, library):
    words, vector = asked_of_fasttext(folder / name) if library == "fasttext" else asked_of_gensim(folder / name)
    return {"words": words, "vectors": {word: [float(x) for x in vector(word)] for word in words + UNKNOWN}}


def same(one, other, tolerance=2e-6):
    return one["words"] == other["words"] and all(
        np.allclose(one["vectors"][word], other["vectors"][word], atol=tolerance) for word in one["vectors"])


if not check:
    make_files()
    made_by = {"made_by": f"fasttext-wheel 0.9.2, gensim {gensim.__version__}"}
    golden = made_by | {name: answers(name, library) for name, library in NAMES.items()}
    (folder / "fasttext.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.exit()
golden = json.loads((folder / "fasttext.json").read_text(encoding="utf-8"))
for name in NAMES:
    libraries = ["gensim"] * (name != "fasttext_labels.bin")  # gensim refuses labels
    try:
        import fasttext  # noqa: F401
        libraries.append("fasttext")
    except ImportError:
        print(f"{name}: not held against fastText, which is not installed")
    for library in libraries:
        made, stored = answers(name, library), golden[name]
        if library == "gensim" and "</s>" in stored["words"]:  # gensim gives it n-grams, fastText does not
            made["vectors"].pop("</s>")
        made["vectors"] = {word: made["vectors"].get(word, stored["vectors"][word]) for word in stored["vectors"]}
        if not same(stored, made):
            sys.exit(f"{folder / name}: {library} says something else than fasttext.json")
        print(f"{name}: {library} says the same")
