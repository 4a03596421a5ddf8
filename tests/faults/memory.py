#!/usr/bin/env python3
"""Training takes no more memory after an hour than after a few minutes.

    python3 tests/faults/memory.py [--minutes 60] [--models transformer,…] [--tolerance 0.02] [--zoo build/release/bin/zoo]

Trains each model so long on a made-up text, with a validation every 200 steps or each epoch and some sixty saved
states, and looks at the resident memory of the process all the while. The first fifth is not judged: tables are made
and the allocator finds its size. The rest is cut into ten parts. The mean of each part, and its peak, must lie within
the tolerance of the mean of all parts' means, or peaks. Prints a line for each model; exit status 1 if one was not
flat, did not validate or saved no state. Linux only (/proc). Needs ./zoo build.

translator-lengths trains on lines of 1 to 60 words, so that steps have all shapes.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run import ROOT, write_text  # noqa: E402

PARTS = 10
EVERY = ["--validate-every", "200"]
MODELS = {
    "nnlm": ["nnlm", "--order", "5", "--embedding", "64", "--hidden", "128", *EVERY],
    "word2vec": ["word2vec", "--dim", "100"],
    "word2vec-gradient": ["word2vec", "--trainer", "gradient", "--dim", "100", *EVERY],
    "elmo": ["elmo", "--character-dim", "8", "--filter-widths", "1,2,3", "--filter-counts", "16,16,32", "--projection",
             "64", "--cell", "128", "--length", "20", "--batch-size", "16", *EVERY],
    "transformer": ["transformer", "--layers", "2", "--width", "128", "--heads", "4", "--context", "64", "--batch-size",
                    "16", *EVERY],
    "translator": ["transformer", "--architecture", "encoder-decoder", "--layers", "2", "--width", "64", "--heads",
                   "4", "--context", "32", "--batch-size", "16", *EVERY],
    "translator-lengths": ["transformer", "--architecture", "encoder-decoder", "--layers", "2", "--width", "128",
                           "--heads", "4", "--context", "64", "--batch-size", "32", *EVERY],
}
LONGEST = {"translator-lengths": 60}  # words of a line; the others' lines all have nine


def write_texts(folder, longest):
    for number, (name, lines) in enumerate({"train": 20000, "other": 20000, "valid": 300, "valid-other": 300}.items()):
        write_text(folder / f"{name}.txt", lines, number, longest)


def texts(model, folder):
    if not model.startswith("translator"):
        return ["--input", folder / "train.txt", "--valid", folder / "valid.txt"]
    return ["--source", folder / "train.txt", "--target", folder / "other.txt", "--valid-source", folder / "valid.txt",
            "--valid-target", folder / "valid-other.txt"]


def resident(process):
    """Bytes, or None where the process has ended."""
    try:
        return int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None


def watch(child, run, seconds):
    """What the process holds, second after second at most, and how many states it has saved."""
    samples, states, seen = [], 0, None
    begin = time.time()
    while child.poll() is None and time.time() - begin < seconds + 120:
        held = resident(child.pid)
        if held:
            samples.append((time.time() - begin, held))
        try:
            latest = (run / "state/latest").stat().st_mtime_ns
            states += latest != seen
            seen = latest
        except FileNotFoundError:
            pass
        time.sleep(min(1, seconds / 600))
    return samples, states


def spread(values):
    """The largest distance from their mean, as a share of it."""
    middle = statistics.mean(values)
    return max(abs(value - middle) for value in values) / middle


def check(model, folder, arguments):
    run = folder / model
    write_texts(folder, LONGEST.get(model))
    seconds = 60 * arguments.minutes
    words = [arguments.zoo, "train", *MODELS[model], *texts(model, folder), "--output", run, "--epochs", "100000",
             "--patience", "0", "--max-minutes", arguments.minutes, "--checkpoint-minutes", arguments.minutes / 60,
             "--threads", arguments.threads, "--quiet"]
    if model == "word2vec":
        words.remove("--patience"), words.remove("0")
    child = subprocess.Popen([str(word) for word in words], env={**os.environ, "ZOO_CACHE": str(folder / "cache")},
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    samples, states = watch(child, run, seconds)
    child.kill() if child.poll() is None else None
    errors = child.communicate()[1].strip()
    if child.returncode != 0:
        print(f"{model}: training failed: {errors}", flush=True)
        return False
    validations = sum('"valid_loss"' in line for line in (run / "metrics.jsonl").read_text().splitlines())
    end = samples[-1][0]
    first = end / 5
    width = (end - first) / PARTS
    parts = [[held for when, held in samples if first + i * width <= when < first + (i + 1) * width + (i == PARTS - 1)]
             for i in range(PARTS)]
    means, peaks = [statistics.mean(part) for part in parts], [max(part) for part in parts]
    flat = max(spread(means), spread(peaks)) <= arguments.tolerance and validations > 1 and states > 1
    print(f"{model}: {end / 60:.1f} min, {len(samples)} looks, {validations} validations, {states} states saved; "
          f"mean {statistics.mean(means) / 1e6:.1f} MB ± {100 * spread(means):.2f} % "
          f"(first part {means[0] / 1e6:.1f}, last {means[-1] / 1e6:.1f}), "
          f"peak {statistics.mean(peaks) / 1e6:.1f} MB ± {100 * spread(peaks):.2f} %{'' if flat else ': NOT FLAT'}",
          flush=True)
    return flat


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="for each model")
    parser.add_argument("--models", default="transformer", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--tolerance", type=float, default=0.02)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    arguments = parser.parse_args()
    flat = True
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for model in arguments.models.split(","):
            flat = check(model, folder, arguments) and flat
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
