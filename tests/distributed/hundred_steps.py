#!/usr/bin/env python3
"""With dropout off, N processes with 1/N of the batch each give the weights of one process after 100 steps.

    tests/distributed/hundred_steps.py [--zoo build/release/bin/zoo] [--steps 100] [--processes 2 4]

Trains every model that is trained by gradient on a made-up text, alone and by `zoo launch`, and compares
model.safetensors. Prints the largest difference of each; status 1 where one is above 1e-4. Needs nothing but Python.
"""

import argparse
import array
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

PLAIN = ["--optimizer", "sgd", "--learning-rate", "0.1", "--schedule", "constant", "--warmup", "0", "--clip", "1"]
MODELS = {
    "nnlm": ["nnlm", "--dropout", "0", "--embedding", "16", "--hidden", "32", "--batch-size", "64"],
    "word2vec by gradient": ["word2vec", "--trainer", "gradient", "--dim", "16", "--batch-size", "64"],
    "elmo": ["elmo", "--dropout", "0", "--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6",
             "--projection", "16", "--cell", "32", "--length", "10", "--batch-size", "8"],
    "transformer decoder": ["transformer", "--dropout", "0", "--layers", "2", "--width", "32", "--heads", "2",
                            "--context", "16", "--batch-size", "8"],
    "transformer encoder": ["transformer", "--architecture", "encoder", "--dropout", "0", "--layers", "2", "--width",
                            "32", "--heads", "2", "--context", "32", "--batch-size", "8"],
    "transformer encoder-decoder": ["transformer", "--architecture", "encoder-decoder", "--dropout", "0", "--layers",
                                    "1", "--width", "32", "--heads", "2", "--context", "32", "--batch-size", "8"],
}


def write_text(path, seed, lines=3000):
    draw = random.Random(seed)
    with open(path, "w") as file:
        for _ in range(lines):
            word = draw.randrange(60)
            words = []
            for _ in range(draw.randint(6, 12)):
                words.append(f"w{word}")
                word = (word * 7 + draw.randrange(4)) % 60
            file.write(" ".join(words) + "\n")


def weights(path):
    """{name: float32 numbers} of a safetensors file."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = array.array("f", data[8 + size + begin:8 + size + end])
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--zoo", default=str(root / "build/release/bin/zoo"))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--processes", type=int, nargs="+", default=[2, 4])
    options = parser.parse_args()
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        environment = {**os.environ, "ZOO_CACHE": str(folder / "cache")}
        write_text(folder / "text", 1)
        write_text(folder / "other", 2)
        for name, command in MODELS.items():
            texts = ["--input", str(folder / "text")]
            if "encoder-decoder" in command:
                texts = ["--source", str(folder / "text"), "--target", str(folder / "other")]
            runs = {}
            for processes in [1, *options.processes]:
                output = folder / f"{name.replace(' ', '-')}-{processes}"
                launch = [] if processes == 1 else ["launch", "--processes", str(processes), "--"]
                subprocess.run([options.zoo, *launch, "train", *command, *texts, *PLAIN, "--epochs", "100",
                                "--max-steps", str(options.steps), "--validate-every", str(options.steps), "--threads",
                                "1", "--quiet", "--output", str(output)], check=True, env=environment)
                state = output / "state" / (output / "state/latest").read_text().strip()
                runs[processes] = weights(state / "weights.safetensors")
            for processes in options.processes:
                difference = max(abs(a - b) for tensor in runs[1] for a, b in
                                 zip(runs[1][tensor], runs[processes][tensor], strict=True))
                worst = max(worst, difference)
                print(f"{name}, {processes} processes, {options.steps} steps: largest difference {difference:.2e}",
                      flush=True)
    return 0 if worst < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
