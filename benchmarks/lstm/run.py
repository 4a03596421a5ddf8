#!/usr/bin/env python3
"""The LSTM with projection side by side: ours and PyTorch's nn.LSTM(proj_size), forward and with the way back.

    python3 benchmarks/lstm/run.py [--sizes 128/1024,256/2048,512/4096] [--rounds 3] [--seconds 4]

Run by a Python that has torch; needs ./zoo build. 20 steps of 64 rows, float32, all cores; ours clips cell and
projection as ELMo does, PyTorch's cannot. The two take turns in one run and the best of each counts. Prints a Markdown
table; --output appends the figures to a JSON file, an object a line.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(arguments, projection, cell):
    command = [ROOT / "build/release/bin/zoo", "bench", "lstm", "--projection", projection, "--cell", cell, "--threads",
               arguments.threads, "--seconds", arguments.seconds, "--json"]
    result = json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)
    return {"forward": result["forward_tokens_per_second"], "training": result["training_tokens_per_second"]}


def quickest(seconds, call):
    call()
    best, start, calls = float("inf"), time.perf_counter(), 0
    while calls < 3 or time.perf_counter() - start < seconds:
        one = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - one)
        calls += 1
    return best


def peer(torch, arguments, projection, cell):
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(projection, cell, proj_size=projection)
    x = torch.randn(20, 64, projection, requires_grad=True)
    pull = torch.randn(20, 64, projection)

    def forward():
        with torch.no_grad():
            lstm(x)

    def training():
        lstm.zero_grad(set_to_none=True)
        lstm(x)[0].backward(pull)

    tokens = 20 * 64
    return {"forward": tokens / quickest(arguments.seconds, forward),
            "training": tokens / quickest(arguments.seconds, training)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="128/1024,256/2048,512/4096", help="projection/cell, …")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--output")
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("benchmarks/lstm: this Python has no torch; run it by one that has")
    torch.set_num_threads(arguments.threads)
    print(f"{arguments.threads} threads, float32, PyTorch {torch.__version__}, best of {arguments.rounds} rounds, tokens/s\n")
    print("| projection/cell | | langzoo | nn.LSTM | langzoo is |\n|---|---|---:|---:|---:|")
    for size in arguments.sizes.split(","):
        projection, cell = map(int, size.split("/"))
        rounds = [(ours(arguments, projection, cell), peer(torch, arguments, projection, cell))
                  for _ in range(arguments.rounds)]
        for direction in ["forward", "training"]:
            best = [max(one[who][direction] for one in rounds) for who in (0, 1)]
            print(f"| {size} | {direction} | {best[0]:,.0f} | {best[1]:,.0f} | {best[0] / best[1]:.2f} × as fast |", flush=True)
        if arguments.output:
            with open(arguments.output, "a", encoding="utf-8") as out:
                out.write(json.dumps({"size": size, "threads": arguments.threads, "torch": torch.__version__,
                                      "rounds": rounds, "time": time.time()}) + "\n")


if __name__ == "__main__":
    main()
