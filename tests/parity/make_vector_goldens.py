"""Makes tests/data/vectors/: files of word vectors as gensim writes them, odd ones, and what gensim finds in them.

Run with gensim 4.4.0 and numpy 2.4.6: python tests/parity/make_vector_goldens.py [--check]
--check makes them in another folder and compares with what is there.
"""
import json
import pathlib
import struct
import sys
import tempfile

import gensim
import numpy as np
from gensim.models import KeyedVectors

kept = pathlib.Path(__file__).parent.parent / "data/vectors"
check = "--check" in sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp()) if check else kept
folder.mkdir(parents=True, exist_ok=True)
words = ["the", "of", "and", "to", "man", "king", "woman", "queen", "Athens", "Greece", "café", "naïve", "中文", "字",
         "🙂", "ü", "10", "3.14", "-", ",", "new_york", "don't", "ſ", "x\u00a0y"]
rng = np.random.default_rng(7)
rows = rng.normal(size=(len(words), 11)).astype(np.float32)
rows *= rng.uniform(0.1, 10, size=(len(words), 1)).astype(np.float32)
rows[words.index("queen")] = rows[words.index("king")] - rows[words.index("man")] + rows[words.index("woman")]

vectors = KeyedVectors(vector_size=rows.shape[1])
vectors.add_vectors(words, rows)
vectors.save_word2vec_format(str(folder / "gensim.bin"), binary=True)
vectors.save_word2vec_format(str(folder / "gensim.txt"), binary=False)
vectors.save_word2vec_format(str(folder / "gensim_no_header.txt"), binary=False, write_header=False)
np.save(folder / "gensim.npy", rows)
(folder / "gensim.words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")

encoded = [word.encode() for word in words]
header = b"%d %d\n" % rows.shape


def binary(encoded, end):
    return header + b"".join(word + b" " + row.tobytes() + end for word, row in zip(encoded, rows))


(folder / "odd_no_line_ends.bin").write_bytes(binary(encoded, b""))
(folder / "odd_line_ends.bin").write_bytes(binary(encoded, b"\n"))
cut = list(encoded)
cut[10] = "café".encode()[:-1]
(folder / "odd_cut_utf8.bin").write_bytes(binary(cut, b"\n"))
(folder / "odd_cut_short.bin").write_bytes(binary(encoded, b"\n")[:-500])


def line(word, row):
    return word + b" " + b" ".join(repr(float(number)).encode() for number in row)


spaced = list(encoded)
spaced[3], spaced[4] = b". . .", b"at name@domain.com 5"
(folder / "odd_spaces.glove.txt").write_bytes(b"".join(line(w, r) + b"\n" for w, r in zip(spaced, rows)))
(folder / "odd_crlf_tabs.txt").write_bytes(
    b"24\t11\r\n" + b"".join(line(w, r).replace(b" ", b"\t") + b"\t\r\n" for w, r in zip(encoded, rows)))

loaded = KeyedVectors.load_word2vec_format(str(folder / "gensim.bin"), binary=True)
golden = {"made_by": f"gensim {gensim.__version__}", "words": words,
          "rows": [[struct.pack("<f", number).hex() for number in row] for row in rows[:3]],
          "neighbours": {word: loaded.most_similar(word, topn=5) for word in words},
          "analogies": [{"a": a, "b": b, "c": c, "answers": loaded.most_similar(positive=[b, c], negative=[a], topn=5)}
                        for a, b, c in [("man", "king", "woman"), ("Athens", "Greece", "café"), ("the", "of", "🙂")]]}
(folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
if check:
    for file in sorted(folder.iterdir()):
        there = (kept / file.name).read_bytes()
        if file.name == "golden.json":  # cosines may differ in the last bits from machine to machine
            old, new = json.loads(there), json.loads(file.read_bytes())
            same = old["words"] == new["words"] and old["rows"] == new["rows"] and all(
                [word for word, _ in old["neighbours"][key]] == [word for word, _ in new["neighbours"][key]]
                for key in words)
        else:
            same = there == file.read_bytes()
        if not same:
            sys.exit(f"{kept / file.name}: differs from what gensim {gensim.__version__} makes")
        print(f"{file.name}: the same")
