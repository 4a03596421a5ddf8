#!/usr/bin/env python3
"""MLP9's training step side by side: ours, and the same network in PyTorch, eager and compiled.

    python3 benchmarks/nnlm/run.py [--config models/nnlm/configs/mlp9.json] [--rounds 5] [--seconds 5]

Run by a Python that has torch; needs ./zoo build. One step is: embedding, tanh layer, dropout, linear and cross-entropy
over all words, backward, AdamW over all parameters; float32, the same batch size, words as frequent as Zipf's law has
them, all cores. PyTorch's has its fused AdamW. The three take turns in one run, and the best round of each counts, so
that a busy moment of the machine hits no one alone. Prints a Markdown table with the ratios; --output appends the
figures to a JSON file, an object a line.
"""

import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(arguments):
    command = [ROOT / "build/release/bin/zoo", "bench", "nnlm", "--config", arguments.config, "--vocabulary",
               arguments.vocabulary, "--threads", arguments.threads, "--seconds", arguments.seconds, "--steps", 10**9,
               "--json"]
    result = subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return json.loads(result.stdout)


def network(torch, model, vocabulary):
    class Nnlm(torch.nn.Module):
        def __init__(self):
            super().__init__()
            inputs = (model["order"] - 1) * model["embedding"]
            self.embedding = torch.nn.Embedding(vocabulary, model["embedding"])
            self.hidden = torch.nn.Linear(inputs, model["hidden"]) if model["hidden"] else None
            self.direct = model["direct"]
            self.dropout = torch.nn.Dropout(model["dropout"])
            self.output = torch.nn.Linear(model["hidden"] + (inputs if self.direct else 0), vocabulary)
            torch.nn.init.zeros_(self.output.weight)

        def forward(self, context, target):
            x = self.embedding(context).flatten(1)
            if self.hidden is not None:
                units = torch.tanh(self.hidden(x))
                x = torch.cat([units, x], 1) if self.direct else units
            return torch.nn.functional.cross_entropy(self.output(self.dropout(x)), target)

    return Nnlm()


class Peer:
    """PyTorch's own training step; compiled, its forward and backward are."""

    def __init__(self, torch, config, vocabulary, compiled):
        model = {"order": 5, "embedding": 60, "hidden": 100, "direct": False, "dropout": 0, **config["model"]}
        training = {"batch_size": 256, "learning_rate": 0.001, "weight_decay": 0, **config["training"]}
        torch.manual_seed(1)
        self.module = network(torch, model, vocabulary)
        self.forward = torch.compile(self.module) if compiled else self.module
        biases = [p for name, p in self.module.named_parameters() if name.endswith("bias")]
        weights = [p for name, p in self.module.named_parameters() if not name.endswith("bias")]
        groups = [{"params": weights, "weight_decay": training["weight_decay"]},
                  {"params": biases, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=training["learning_rate"], fused=True)
        self.rows = training["batch_size"]
        zipf = random.Random(1)
        word = lambda: 5 + min(vocabulary - 6, int(math.exp(zipf.random() * math.log(vocabulary - 4))) - 1)
        self.batches = [(torch.tensor([[word() for _ in range(model["order"] - 1)] for _ in range(self.rows)]),
                         torch.tensor([word() for _ in range(self.rows)])) for _ in range(16)]
        self.steps = 0
        for _ in range(5):
            self.step()

    def step(self):
        context, target = self.batches[self.steps % len(self.batches)]
        self.steps += 1
        self.forward(context, target).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def tokens_per_second(self, seconds):
        start, steps = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            self.step()
            steps += 1
        return steps * self.rows / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default=str(ROOT / "models/nnlm/configs/mlp9.json"))
    parser.add_argument("--vocabulary", type=int, default=16387)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--no-compiled", action="store_true", help="leave the compiled peer out")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("benchmarks/nnlm: this Python has no torch; run it by one that has")
    torch.set_num_threads(arguments.threads)
    config = {"model": {}, "training": {}, **json.loads(pathlib.Path(arguments.config).read_text())}
    peers = {"PyTorch eager": Peer(torch, config, arguments.vocabulary, False)}
    if not arguments.no_compiled:
        peers["PyTorch compiled"] = Peer(torch, config, arguments.vocabulary, True)
    figures = {"langzoo": [], **{name: [] for name in peers}}
    for number in range(arguments.rounds):
        figures["langzoo"].append(ours(arguments)["tokens_per_second"])
        for name, peer in peers.items():
            figures[name].append(peer.tokens_per_second(arguments.seconds))
        print(f"round {number + 1}: " + ", ".join(f"{n} {v[-1]:,.0f}" for n, v in figures.items()), file=sys.stderr)
    best = {name: max(values) for name, values in figures.items()}
    print(f"\n{pathlib.Path(arguments.config).stem}, {arguments.vocabulary:,} words, {arguments.threads} threads, float32, "
          f"PyTorch {torch.__version__}, best of {arguments.rounds} rounds\n")
    print("| | tokens/s | langzoo is |\n|---|---:|---:|")
    for name, value in best.items():
        ratio = "" if name == "langzoo" else f"{best['langzoo'] / value:.2f} × as fast"
        print(f"| {name} | {value:,.0f} | {ratio} |")
    if arguments.output:
        with open(arguments.output, "a", encoding="utf-8") as out:
            out.write(json.dumps({"config": arguments.config, "threads": arguments.threads, "torch": torch.__version__,
                                  "tokens_per_second": figures, "time": time.time()}) + "\n")


if __name__ == "__main__":
    main()
