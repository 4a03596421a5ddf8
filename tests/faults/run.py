#!/usr/bin/env python3
"""Nothing is lost: training of every model killed at random instants, and on a disk that fills up.

    python3 tests/faults/run.py [--kills 50] [--models nnlm,elmo,…] [--seed 1] [--zoo build/release/bin/zoo]

For each model: one training to its end; then the same training killed (SIGKILL) at random instants, from its first
moment on (building the corpus cache, saving states, the last write), and gone on with by --resume until it ends. The
weights must be the same to the byte, and so must the losses that metrics.jsonl tells. Then the same training in a
folder whose files may not grow beyond a limit, as on a full disk: one clear line, exit status 1, and what was saved
before still there to go on from. Prints a line for each model; exit status 1 if anything was lost. Needs ./zoo build.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

SIZES = {
    "ngram": ["ngram"],
    "nnlm": ["nnlm", "--order", "3", "--embedding", "8", "--hidden", "12", "--dropout", "0.2", "--epochs", "4"],
    "word2vec": ["word2vec", "--mode", "deterministic", "--dim", "16", "--epochs", "8", "--sample", "0"],
    "elmo": ["elmo", "--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6", "--projection", "8",
             "--cell", "12", "--length", "10", "--batch-size", "8", "--epochs", "1"],
    "word2vec-gradient": ["word2vec", "--trainer", "gradient", "--dim", "16", "--epochs", "1"],
    "transformer": ["transformer", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16", "--batch-size",
                    "8", "--epochs", "1"],
    "encoder": ["transformer", "--architecture", "encoder", "--layers", "1", "--width", "16", "--heads", "2",
                "--context", "32", "--batch-size", "8", "--epochs", "1"],
    "translator": ["transformer", "--architecture", "encoder-decoder", "--layers", "1", "--width", "16", "--heads", "2",
                   "--context", "32", "--batch-size", "8", "--epochs", "1"],
    "tagger": ["tagger", "--vectors", "random", "--width", "16", "--hidden-size", "16", "--min-steps", "200",
               "--epochs", "2"],
}


def write_texts(folder, lines, valid_lines):
    """What all of them are trained on: texts, a second language and a text with tags."""
    write_text(folder / "train.txt", lines, 1)
    write_text(folder / "valid.txt", valid_lines, 2)
    write_text(folder / "other.txt", lines, 3)
    write_text(folder / "valid-other.txt", valid_lines, 4)
    tagged = [" ".join(f"{word}/t{int(word[1:]) % 5}" for word in line.split())
              for line in (folder / "train.txt").read_text().splitlines()]
    (folder / "tagged.txt").write_text("\n".join(tagged) + "\n")


def training(model, folder, run):
    """The words of `zoo` that train this model on those texts."""
    words = ["train", *SIZES[model], "--output", run, "--threads", "1"]
    words += ["--checkpoint-minutes", "0.002"]
    if model == "tagger":
        return [*words, "--input", folder / "tagged.txt"]
    if model == "translator":
        return [*words, "--source", folder / "train.txt", "--target", folder / "other.txt", "--valid-source",
                folder / "valid.txt", "--valid-target", folder / "valid-other.txt"]
    return [*words, "--input", folder / "train.txt", "--valid", folder / "valid.txt"]


def going_on(model, folder, run):
    """The same for a run that was begun: what it is trained on and how stands in its folder."""
    return ["train", SIZES[model][0], "--output", run, "--threads", "1", "--resume"]


def write_text(path, lines, seed, longest=None):
    """Lines of nine words each, or of one to `longest`."""
    source = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        for line in range(lines):
            word = source.randrange(40)
            words = []
            for _ in range(source.randint(1, longest) if longest else 9):
                words.append(f"w{word}")
                word = (word * 7 + source.randrange(4)) % 40
            out.write(" ".join(words) + ("\n\n" if line % 20 == 19 else "\n"))


class Place:
    """A folder with the texts, a cache and the runs of one model."""

    def __init__(self, folder, model, zoo):
        self.folder, self.model, self.zoo = pathlib.Path(folder), model, zoo
        write_texts(self.folder, 3000, 100)

    def command(self, run, resume):
        words = (going_on if resume else training)(self.model, self.folder, self.folder / run)
        return [self.zoo, *words, "--quiet"]

    def environment(self, run):
        return {**os.environ, "ZOO_CACHE": str(self.folder / f"cache-{run}")}

    def start(self, run, **more):
        # What stands unfinished is gone on with; before its config.json is there it is no run yet, and starts anew.
        resume = (self.folder / run / "config.json").exists()
        if not resume:
            shutil.rmtree(self.folder / run, ignore_errors=True)
        return subprocess.Popen([str(word) for word in self.command(run, resume)], env=self.environment(run),
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)

    def weights(self, run):
        return (self.folder / run / "model.safetensors").read_bytes()

    def losses(self, run):
        lines = [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]
        kept = ["step", "epoch", "loss", "valid_loss"]
        return [{key: line[key] for key in kept if key in line} for line in lines if "valid_loss" in line]


def check_kills(place, kills, source):
    begin = time.time()
    child = place.start("whole")
    errors = child.communicate()[1]
    if child.returncode != 0:
        return [f"the undisturbed training failed: {errors.strip()}"]
    whole = time.time() - begin
    lost, done, rounds, killed_after_end = [], 0, 0, 0
    while done < kills:
        rounds += 1
        run = f"killed{rounds}"
        while True:
            child = place.start(run)
            try:
                # Early instants are tried more often: much is made there.
                errors = child.communicate(timeout=whole * source.random() ** 1.5 if done < kills else None)[1]
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.communicate()
                done += 1
                continue
            if child.returncode != 0:
                lost.append(f"after a kill it does not go on: {errors.strip()}")
            break
        if lost:
            break
        if place.weights(run) != place.weights("whole"):
            lost.append(f"{run}: other weights than undisturbed")
        if place.losses(run) != place.losses("whole"):
            lost.append(f"{run}: other losses than undisturbed")
        shutil.rmtree(place.folder / run)
        shutil.rmtree(place.folder / f"cache-{run}", ignore_errors=True)
    print(f"{place.model}: {done} kills over {rounds} trainings of {whole:.1f} s{': LOST' if lost else ''}", flush=True)
    return lost


def check_full_disk(place):
    """Files may not grow beyond a limit: first one that the states do not fit in, then none."""
    lost = []
    size = len(place.weights("whole"))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    child = place.start("full", preexec_fn=limit)
    errors = child.communicate()[1].strip()
    if child.returncode != 1 or len(errors.splitlines()) != 1:
        lost.append(f"full disk: exit status {child.returncode}, {errors!r}")
    child = place.start("full")
    errors = child.communicate()[1].strip()
    if child.returncode != 0:
        lost.append(f"after a full disk it does not go on: {errors}")
    elif place.weights("full") != place.weights("whole"):
        lost.append("after a full disk: other weights than undisturbed")
    print(f"{place.model}: a full disk{': LOST' if lost else ' is told of in one line, and the run goes on'}", flush=True)
    return lost


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="for each model")
    parser.add_argument("--models", default=",".join(SIZES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    arguments = parser.parse_args()
    lost = []
    for model in arguments.models.split(","):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(folder, model, arguments.zoo)
            lost += [f"{model}: {what}" for what in check_kills(place, arguments.kills, random.Random(arguments.seed))]
            if (place.folder / "whole" / "model.safetensors").exists():
                lost += [f"{model}: {what}" for what in check_full_disk(place)]
    for line in lost:
        print(line, file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
