#!/usr/bin/env python3
"""How the time of Word2Vec's training grows with the words of the text, the components of a vector and the vocabulary.

    python3 benchmarks/word2vec/growth.py --input text.txt --output docs/results/word2vec_growth.md

Needs ./zoo build and nothing else. Prints a table for each: seconds for one epoch, best of --rounds, and what a word
costs against the first row. The vocabulary grows by --min-count, with the text as it is.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def best(arguments, text, **settings):
    chosen = {"architecture": "skip-gram", "mode": "shared", "dim": 100, "min_count": 5, **settings}
    command = [arguments.bench, "--input", text, "--split", "whitespace", "--epochs", 1, "--sample", 1e-4, "--threads",
               arguments.threads, "--json"]
    for name, value in chosen.items():
        command += [f"--{name.replace('_', '-')}", value]
    runs = [json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)
            for _ in range(arguments.rounds)]
    return max(runs, key=lambda run: run["words_per_second"])


def table(title, name, rows, unit):
    first = rows[0][1]["seconds"] / unit(*rows[0])
    lines = [f"## {title}", "", f"| {name} | words | vocabulary | seconds | words/s | cost against the first |",
             "|---:|---:|---:|---:|---:|---:|"]
    for key, run in rows:
        lines.append(f"| {key:,} | {run['words'] / 1e6:.2f}M | {run['vocabulary']:,} | {run['seconds']:.2f} | "
                     f"{run['words_per_second'] / 1e6:.2f}M | {run['seconds'] / unit(key, run) / first:.2f} × |")
    return lines + [""]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--bench", default=ROOT / "build/release/bin/zoo-bench-word2vec")
    parser.add_argument("--output", help="a Markdown file")
    arguments = parser.parse_args()
    with open(arguments.input, encoding="utf-8") as file:
        lines = file.readlines()
    page = ["# How Word2Vec's cost grows", "", "    python3 benchmarks/word2vec/growth.py " + " ".join(sys.argv[1:]), "",
            f"Skip-gram, shared noise words, {arguments.threads} threads, one epoch, tables and encoding not timed.", ""]
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for share in [16, 8, 4, 2, 1]:
            part = pathlib.Path(folder) / f"part{share}.txt"
            part.write_text("".join(lines[:len(lines) // share]), encoding="utf-8")
            rows.append((len(lines) // share, best(arguments, part)))
        page += table("With the words of the text: a word's cost", "lines", rows, lambda _, run: run["words"])
    rows = [(dim, best(arguments, arguments.input, dim=dim)) for dim in [50, 100, 200, 300, 400]]
    page += table("With the components of a vector: a component's cost", "dim", rows, lambda dim, run: dim)
    rows = [(count, best(arguments, arguments.input, min_count=count)) for count in [200, 60, 20, 5, 2, 1]]
    page += table("With the vocabulary: a word's cost", "min count", rows, lambda _, run: run["words"])
    text = "\n".join(page)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
