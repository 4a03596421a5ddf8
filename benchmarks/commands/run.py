#!/usr/bin/env python3
"""How fast the commands answer: help, neighbours in a large file of vectors, the opening of such a file.

    python3 benchmarks/commands/run.py [--rows 1000000] [--dim 300] [--rounds 5] [--work /tmp/zoo-commands]

Run by a Python that has numpy; gensim is measured beside ours if it is there. Needs ./zoo build and rows · dim · 4 bytes
of disk and of memory for the page cache. The vectors are random, in word2vec's binary format, in the cache before
anything is timed; each figure is the best of --rounds, ours and gensim's in turn. Questions of a file are answered 256 in
one reading. `zoo bench nearest` asks vectors in memory, whose lengths are known, and reads the same memory by the same
threads in turn: what part of that speed a search has. Prints a Markdown table; --output NAME writes NAME.md and NAME.json.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("ZOO", ROOT / "build/release/bin/zoo"))
BLOCK = 10_000  # rows made at a time
MANY = 512  # questions of a file

GENSIM = """
import sys, time
start = time.perf_counter()
from gensim.models import KeyedVectors
imported = time.perf_counter()
vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=True)
opened = time.perf_counter()
vectors.most_similar("w1")
first = time.perf_counter()
for number in range(2, 12):
    vectors.most_similar(f"w{number}")
print(opened - imported, (time.perf_counter() - first) / 10)
"""


def make_vectors(numpy, path, rows, dim):
    """Words w0 … with random rows; kept from one run to the next."""
    size = len(f"{rows} {dim}\n") + sum(len(f"w{i} ") for i in range(rows)) + rows * dim * 4
    if path.exists() and path.stat().st_size == size:
        return
    if shutil.disk_usage(path.parent).free < size:
        sys.exit(f"benchmarks/commands: {path.parent} has no room for {size / 1e9:.1f} GB; name another by --work")
    random = numpy.random.default_rng(1)
    with open(path.with_suffix(".part"), "wb") as out:
        out.write(f"{rows} {dim}\n".encode())
        for first in range(0, rows, BLOCK):
            block = random.standard_normal((min(BLOCK, rows - first), dim), dtype=numpy.float32)
            out.write(b"".join(f"w{first + i} ".encode() + row.tobytes() for i, row in enumerate(block)))
    path.with_suffix(".part").rename(path)


def seconds_of(*words):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in (PROGRAM, *words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"benchmarks/commands: zoo {' '.join(map(str, words))}: {done.stderr.decode().strip()}")
    return time.perf_counter() - start


def search_in_memory(arguments):
    command = [PROGRAM, "bench", "nearest", "--rows", arguments.rows, "--dim", arguments.dim, "--threads",
               arguments.threads, "--rounds", 5, "--json"]
    return json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)


def gensim_seconds(path):
    """To open the file, and for one search; nothing where gensim is missing."""
    done = subprocess.run([sys.executable, "-c", GENSIM, str(path)], capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()] if done.returncode == 0 else None


def measure(numpy, arguments):
    vectors = pathlib.Path(arguments.work) / f"{arguments.rows}x{arguments.dim}.bin"
    make_vectors(numpy, vectors, arguments.rows, arguments.dim)
    queries = vectors.with_name("queries.txt")
    queries.write_text("".join(f"w{number}\n" for number in range(MANY)))
    ask = ["nearest", "--model", vectors, "--threads", arguments.threads, "--quiet"]
    seconds_of(*ask, "w1")  # the file comes into the page cache
    found = {"help": [], "nearest": [], "open": [], "many": [], "memory": [], "gensim open": [], "gensim search": []}
    for _ in range(arguments.rounds):
        found["help"] += [seconds_of("--help") for _ in range(10)]
        found["nearest"].append(seconds_of(*ask, "w1"))
        found["open"].append(seconds_of(*ask, "--similarity", "w1", "w2"))
        found["many"].append(seconds_of(*ask, "--queries", queries))
        found["memory"].append(search_in_memory(arguments))
        peer = gensim_seconds(vectors) if not arguments.no_gensim else None
        if peer:
            found["gensim open"].append(peer[0])
            found["gensim search"].append(peer[1])
    return vectors.stat().st_size, found


def markdown(size, found, arguments):
    best = {name: min(values) for name, values in found.items() if values and name != "memory"}
    scanned = max(one["question_bytes_per_second"] for one in found["memory"])
    read = max(one["memory_bytes_per_second"] for one in found["memory"])
    together = min(one["seconds_each_together"] for one in found["memory"])
    each = (best["many"] - best["nearest"]) / (MANY - 1)
    peer = lambda name, unit=1, word="s": f"{best[name] * unit:,.2f} {word}" if name in best else "–"
    rows = [
        ("`zoo --help`", f"{best['help'] * 1e3:.0f} ms", "", "< 50 ms"),
        (f"`zoo nearest` on {arguments.rows:,} × {arguments.dim}, process and all", f"{best['nearest']:.2f} s", "", "< 0.3 s"),
        (f"a word2vec binary of {size / 1e6:,.0f} MB opened and asked for one cosine", f"{best['open']:.2f} s",
         peer("gensim open"), "< 0.8 s for 900 MB"),
        (f"each of {MANY} questions of a file", f"{each * 1e3:.2f} ms", peer("gensim search", 1e3, "ms"), ""),
        ("each of 256 questions asked together, vectors in memory", f"{together * 1e3:.2f} ms", "", ""),
        ("rows read for one question, bytes a second", f"{scanned / 1e9:.1f} GB/s", "", ""),
        ("memory read by the same threads", f"{read / 1e9:.1f} GB/s", "", ""),
        ("search against memory", f"{scanned / read:.2f} ×", "", "≥ 0.7 ×"),
    ]
    lines = ["# The commands", "",
             f"    python3 benchmarks/commands/run.py --rows {arguments.rows} --dim {arguments.dim} --rounds {arguments.rounds}",
             "", f"{arguments.threads} threads, files in the page cache, best of {arguments.rounds} rounds.", "",
             "| | langzoo | gensim | wanted |", "|---|---:|---:|---:|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--work", default="/tmp/zoo-commands", help="where the vectors are kept")
    parser.add_argument("--no-gensim", action="store_true", help="leave the peer out")
    parser.add_argument("--output", help="writes NAME.md and NAME.json")
    arguments = parser.parse_args()
    if min(arguments.rows, arguments.dim, arguments.rounds, arguments.threads) < 1 or arguments.rows < MANY:
        parser.error("--rows at least 512; --dim, --rounds and --threads at least 1")
    try:
        import numpy
    except ImportError:
        sys.exit("benchmarks/commands: this Python has no numpy; run it by one that has")
    pathlib.Path(arguments.work).mkdir(parents=True, exist_ok=True)
    size, found = measure(numpy, arguments)
    text = markdown(size, found, arguments)
    print(text)
    if arguments.output:
        output = pathlib.Path(arguments.output)
        output.with_suffix(".md").write_text(text, encoding="utf-8")
        output.with_suffix(".json").write_text(json.dumps(
            {"rows": arguments.rows, "dim": arguments.dim, "threads": arguments.threads, "bytes": size, "seconds": found},
            indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
