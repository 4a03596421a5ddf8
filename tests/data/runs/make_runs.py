#!/usr/bin/env python3
"""Makes the tiny runs of one version of langzoo, which later versions must still load.

    python3 tests/data/runs/make_runs.py [--zoo build/release/bin/zoo]

Writes tests/data/runs/VERSION/NAME/, a run of each kind that the commands made, without its state/, and
expected.json: what the commands of that version said of one sentence. Runs of earlier versions are never made anew:
tests/library/old_runs_test.cpp opens them all.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
SENTENCE = "the king rules the city"

RUNS = {
    "ngram": ["ngram", "--order", "3"],
    "interpolation": ["ngram", "--smoothing", "deleted-interpolation"],
    "nnlm": ["nnlm", "--order", "3", "--embedding", "4", "--hidden", "6", "--epochs", "2"],
    "skip-gram": ["word2vec", "--mode", "deterministic", "--dim", "6", "--epochs", "5", "--sample", "0"],
    "cbow-ngrams": ["word2vec", "--architecture", "cbow", "--mode", "deterministic", "--dim", "4", "--epochs", "2",
                    "--sample", "0", "--max-n", "3", "--buckets", "50"],
    "elmo": ["elmo", "--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6", "--projection", "6",
             "--cell", "8", "--length", "10", "--batch-size", "4", "--epochs", "1"],
    "decoder": ["transformer", "--layers", "1", "--width", "8", "--heads", "2", "--context", "16", "--epochs", "1"],
    "encoder": ["transformer", "--architecture", "encoder", "--layers", "1", "--width", "8", "--heads", "2",
                "--context", "16", "--epochs", "1"],
    "translator": ["transformer", "--architecture", "encoder-decoder", "--layers", "1", "--width", "8", "--heads", "2",
                   "--context", "16", "--epochs", "30", "--learning-rate", "0.01"],
}


def texts():
    """The same in two languages; documents of ten lines."""
    pairs = [("the king rules the land", "le roi gouverne le pays"), ("the queen rules the city", "la reine gouverne la ville"),
             ("a dog eats a bone", "un chien mange un os"), ("a cat eats a fish", "un chat mange un poisson"),
             ("the king loves the queen", "le roi aime la reine")]
    lines = [pairs[(7 * i + i // 5) % 5] for i in range(200)]
    return ["".join(line[side] + ("\n\n" if i % 10 == 9 else "\n") for i, line in enumerate(lines)) for side in (0, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = {**os.environ, "ZOO_CACHE": str(folder / "cache")}

        def zoo(*words):
            return subprocess.run([str(word) for word in (arguments.zoo, *words)], cwd=folder, env=environment,
                                  check=True, stdout=subprocess.PIPE, text=True).stdout

        for name, text in zip(("en.txt", "fr.txt"), texts()):
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "sentence.txt").write_text(SENTENCE + "\n", encoding="utf-8")
        version = zoo("--version").split()[1]
        target = ROOT / "tests/data/runs" / version
        shutil.rmtree(target, ignore_errors=True)
        expected = {"sentence": SENTENCE, "runs": {}}
        for name, words in RUNS.items():
            data = ["--source", "en.txt", "--target", "fr.txt"] if name == "translator" else ["--input", "en.txt"]
            zoo("train", *words, *data, "--min-count", "1", "--output", name, "--threads", "1", "--seed", "1", "--quiet")
            found = {}
            if name in ("ngram", "interpolation", "nnlm", "elmo", "decoder"):
                scores = json.loads(zoo("evaluate", "--model", name, "--task", "perplexity", "--input", "sentence.txt",
                                        "--json", "--quiet"))
                found["log_probability"] = scores["log_probability_sum"]
            if name in ("nnlm", "skip-gram", "cbow-ngrams", "elmo", "decoder", "encoder"):
                zoo("embed", "--model", name, "--input", "sentence.txt", "--output", "x.jsonl", "--quiet")
                line = json.loads((folder / "x.jsonl").read_text())
                found["words"], found["vectors"] = line["words"], line["vectors"]
            if name == "translator":
                found["translation"] = zoo("translate", "--model", name, "--input", "sentence.txt", "--quiet").rstrip("\n")
            expected["runs"][name] = found
            shutil.rmtree(folder / name / "state", ignore_errors=True)
            shutil.copytree(folder / name, target / name)
        # A run of vectors that came from elsewhere.
        zoo("export", "--model", "skip-gram", "--format", "glove", "--output", "vectors.txt")
        zoo("import", "--format", "glove", "--input", "vectors.txt", "--output", "imported")
        shutil.copytree(folder / "imported", target / "imported")
        (target / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
        print(f"{target}: {len(RUNS) + 1} runs")


if __name__ == "__main__":
    main()
