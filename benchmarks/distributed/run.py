#!/usr/bin/env python3
"""Where several machines stop paying, from what one machine measures.

    benchmarks/distributed/run.py --input corpus.txt [--steps 60] [--threads N] [--output FILE.json]
    benchmarks/distributed/run.py --comparison docs/results/ladder.json

The second takes speeds and sizes from a comparison that `zoo compare` has measured with models/*/configs/brown.json.

For each model: the time of a step on this machine alone (`zoo train`), and the bytes that each process sends in a step
(`zoo launch --processes 2`, which reports them; twice as many go over the loopback). From these, how much of N machines'
time would be training at the speed of a link, with the batch of this machine on each of them:

    sent(N) = 2 (N - 1) / N * S            S: bytes of all gradients
    T(N)    = t + max(0, sent(N) / link - overlap * t) + 2 (N - 1) * latency * buckets
    share   = t / T(N)

`overlap` is the part of a step in which gradients can already travel: half, since the backward pass takes two thirds of
it and the first bucket is there after some of that. Prints a table in Markdown.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

LINKS = {"1 Gb/s": 1e9 / 8, "10 Gb/s": 1e10 / 8, "100 Gb/s": 1e11 / 8}
MACHINES = [2, 8, 64]
LATENCY = 50e-6
OVERLAP = 0.5
BUCKET = 4 << 20
MODELS = {
    "nnlm": ["nnlm"],
    "elmo small": ["elmo", "--config", "models/elmo/configs/small.json"],
    "transformer small": ["transformer", "--config", "models/transformer/configs/small.json"],
}


def share(seconds, gradient_bytes, machines, link):
    sent = 2 * (machines - 1) / machines * gradient_bytes
    buckets = max(1, math.ceil(gradient_bytes / BUCKET))
    total = seconds + max(0.0, sent / link - OVERLAP * seconds) + 2 * (machines - 1) * LATENCY * buckets
    return seconds / total


# rows · tokens of models/*/configs/brown.json
TOKENS_PER_STEP = {"nnlm": 256, "elmo": 32 * 20, "transformer": 16 * 64}


def from_comparison(file):
    report = json.loads(Path(file).read_text())
    models = {}
    for name, tokens in TOKENS_PER_STEP.items():
        row = report["models"][name]
        models[name] = {"tokens_per_step": tokens, "tokens_per_second": row["tokens_per_second"],
                        "seconds_per_step": tokens / row["tokens_per_second"], "gradient_bytes": 4 * row["parameters"]}
    machine = report["machine"]
    return {"machine": machine["processor"], "threads": machine["cores"], "models": models}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--zoo", default=str(root / "build/release/bin/zoo"))
    parser.add_argument("--input")
    parser.add_argument("--comparison")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--output")
    options = parser.parse_args()
    if (options.input is None) == (options.comparison is None):
        parser.error("give --input or --comparison")
    results = from_comparison(options.comparison) if options.comparison else measured(options, root)
    show(results)
    if options.output:
        Path(options.output).write_text(json.dumps(results, indent=2) + "\n")
    return 0


def measured(options, root):
    results = {"machine": platform.processor() or platform.machine(), "threads": options.threads, "models": {}}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)

        def train(name, command, processes, threads, steps):
            output = folder / f"{name.replace(' ', '-')}-{processes}"
            launch = [] if processes == 1 else ["launch", "--processes", str(processes), "--"]
            subprocess.run([options.zoo, *launch, "train", *command, "--input", options.input, "--output", str(output),
                            "--max-steps", str(steps), "--validate-every", "1000000", "--log-every", str(steps // 3),
                            "--threads", str(threads), "--quiet"], check=True, cwd=root)
            return [line for line in map(json.loads, open(output / "metrics.jsonl")) if "tokens_per_second" in line]

        for name, command in MODELS.items():
            alone = train(name, command, 1, options.threads, options.steps)
            two = train(name, command, 2, max(1, options.threads // 2), max(6, options.steps // 4))
            steps = alone[2]["step"] - alone[0]["step"]
            tokens = (alone[2]["tokens"] - alone[0]["tokens"]) / steps
            speed = alone[2]["tokens_per_second"]
            results["models"][name] = {"tokens_per_step": tokens, "tokens_per_second": speed,
                                       "seconds_per_step": tokens / speed,
                                       "gradient_bytes": two[-1]["bytes_sent_per_step"]}
    return results


def show(results):
    print(f"On {results['machine']}, {results['threads']} threads.\n")
    print("| model | tokens a step | seconds a step | gradients | link | "
          + " | ".join(f"{n} machines" for n in MACHINES) + " |")
    print("|---" * (5 + len(MACHINES)) + "|")
    for name, found in results["models"].items():
        for link, speed in LINKS.items():
            shares = [share(found["seconds_per_step"], found["gradient_bytes"], n, speed) for n in MACHINES]
            found.setdefault("share", {})[link] = dict(zip(map(str, MACHINES), shares))
            print(f"| {name} | {found['tokens_per_step']:.0f} | {found['seconds_per_step']:.3f} | "
                  f"{found['gradient_bytes'] / 1e6:.1f} MB | {link} | " + " | ".join(f"{100 * s:.0f} %" for s in shares)
                  + " |")


if __name__ == "__main__":
    sys.exit(main())
