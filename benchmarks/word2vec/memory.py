#!/usr/bin/env python3
"""What memory Word2Vec's training takes beside LibTorch and mapped files, and what of it the model is.

    python3 benchmarks/word2vec/memory.py --input text.txt [--dims 100,300] [--output docs/results/word2vec_memory.md]

Needs ./zoo build and nothing else; Linux only. Anonymous memory (/proc/PID/smaps_rollup, every 20 ms) counts what a
process has of its own, mapped files left out. A training of seven words shows what the program and LibTorch take; it
is subtracted. The vectors are two matrices of float32, each row on whole cache lines. What remains are the words of the
vocabulary and, for a while, what reading the text, starting and saving take: beside the middle of all samples, which is
the training, stands the most of the whole command.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 2**20


def memory(arguments, text, run, *options):
    """Bytes of anonymous memory while `zoo train word2vec` runs: in the middle, and at most."""
    child = subprocess.Popen([str(word) for word in (arguments.zoo, "train", "word2vec", "--input", text, "--output", run,
                                                     "--epochs", arguments.epochs, "--threads", arguments.threads,
                                                     "--lowercase", "true", "--vocabulary-size", 10_000_000,
                                                     "--quiet", *options)])
    samples = []
    while child.poll() is None:
        try:
            held = re.search(r"Anonymous:\s+(\d+) kB", pathlib.Path(f"/proc/{child.pid}/smaps_rollup").read_text())
            samples += [int(held[1]) * 1024] if held else []
        except OSError:
            pass
        time.sleep(0.02)
    if child.returncode != 0:
        sys.exit(f"benchmarks/word2vec/memory: zoo train word2vec ended with status {child.returncode}")
    return statistics.median(samples), max(samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True)
    parser.add_argument("--dims", default="100,300")
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    parser.add_argument("--output", help="a Markdown file")
    arguments = parser.parse_args()
    lines = ["# Word2Vec's memory", "", f"    python3 benchmarks/word2vec/memory.py {' '.join(sys.argv[1:])}", "",
             f"MiB of the process's own, {arguments.threads} threads, {arguments.epochs} epochs, the program's and "
             "LibTorch's own subtracted from what training takes.", "",
             "| dim | vocabulary | program and LibTorch | vectors | training | of the vectors | at most |",
             "|---:|---:|---:|---:|---:|---:|---:|"]
    print("\n".join(lines))
    with tempfile.TemporaryDirectory() as folder:
        tiny = pathlib.Path(folder) / "tiny.txt"
        tiny.write_text("the king spoke and the queen was silent\n" * 40, encoding="utf-8")
        for dim in map(int, arguments.dims.split(",")):
            _, least = memory(arguments, tiny, f"{folder}/tiny{dim}", "--dim", dim)
            run = pathlib.Path(folder) / f"run{dim}"
            middle, most = memory(arguments, arguments.input, run, "--dim", dim, "--min-count", arguments.min_count)
            vocabulary = json.loads((run / "config.json").read_text())["tokenizer"]["size"]
            vectors = 2 * vocabulary * ((dim + 15) // 16) * 64
            lines.append(f"| {dim} | {vocabulary:,} | {least / MIB:.0f} | {vectors / MIB:.0f} | "
                         f"{(middle - least) / MIB:.0f} | {(middle - least) / vectors:.2f} × | {(most - least) / MIB:.0f} |")
            print(lines[-1], flush=True)
    if arguments.output:
        pathlib.Path(arguments.output).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
