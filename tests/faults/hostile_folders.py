#!/usr/bin/env python3
"""Folders that were tampered with: no command falls over one, and none is led to write outside its output.

    python3 tests/faults/hostile_folders.py [--rounds 100] [--what elmo,run] [--seed 1] [--zoo build/release/bin/zoo]

elmo: a model in the public format (options.json, weights as HDF5, a vocabulary) with values of the options replaced or
left out, bytes of the weights changed, cut off or put in, and is imported.
run: a training that was stopped, with texts in its JSON files replaced by paths that lead elsewhere, `state/latest`
naming another folder, files and folders replaced by links to others, bytes changed; then it is gone on with, looked at,
embedded and exported from.

Each time the command must end with status 0, or with 1 or 2 and one line on standard error; within the time, within
2 GB; and everything outside its output must be as it was. Prints how many were refused and each fault with the number
of its round; exit status 1 if there was one. Needs ./zoo build.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run import ROOT, going_on, training, write_texts  # noqa: E402

MEMORY, SECONDS = 2 << 30, 120
RUNS = sorted((ROOT / "tests/data/runs").glob("[0-9]*"), key=lambda path: [int(n) for n in path.name.split(".")])[-1]


def places_of(value, at=()):
    """Every place in a JSON value, as the keys that lead there."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_of(inner, (*at, key))


def changed_json(text, draw, values):
    """One to three of its values replaced by one of `values`, or left out."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    for _ in range(draw.randint(1, 3)):
        *way, last = draw.choice([at for at in places_of(value) if at] or [(None,)])
        inner = value
        for key in way:
            inner = inner[key]
        if last is None or draw.random() < 0.15 and isinstance(inner, dict):
            inner.pop(last, None)
        else:
            inner[last] = draw.choice(values)
    return json.dumps(value)


def changed_bytes(content, draw):
    content = bytearray(content)
    for _ in range(draw.choice([1, 1, 4, 16])):
        at = draw.randrange(max(1, min(len(content), draw.choice([512, 1 << 12, 1 << 30]))))
        what = draw.randrange(5)
        if what == 0 and content:
            content[at] ^= 1 << draw.randrange(8)
        elif what == 1:
            content[at:at + 8] = draw.choice([0, 1, 1 << 40, 1 << 60, (1 << 64) - 1]).to_bytes(8, "little")
        elif what == 2:
            del content[at:at + draw.randrange(64)]
        elif what == 3:
            content[at:at] = bytes(draw.randrange(256) for _ in range(draw.randrange(16)))
        else:
            del content[draw.randrange(len(content) + 1):]
    return bytes(content)


def seen(folder):
    """All below a folder: names, links, contents."""
    return {str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else
            path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


class Trial:
    """A folder of its own: `outside` must stay as it is, and beside it only what a command is told to write may come."""

    def __init__(self, folder, zoo):
        self.folder, self.zoo, self.faults, self.refused, self.done = folder, zoo, [], 0, 0
        (folder / "outside/run/state").mkdir(parents=True)
        for name in ("canary", "run/config.json", "run/model.safetensors", "run/state/latest"):
            (folder / "outside" / name).write_text("untouched\n")
        self.before = seen(folder / "outside")

    def command(self, number, words, may_write):
        def limits():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        beside = {path.name for path in self.folder.iterdir()}
        words = [str(word) for word in (self.zoo, *words, "--quiet")]
        environment = {**os.environ, "ZOO_CACHE": str(self.folder / "cache"), "TMPDIR": str(self.folder / "tmp")}
        child = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, errors="replace", preexec_fn=limits)
        try:
            errors = child.communicate(timeout=SECONDS)[1].strip()
        except subprocess.TimeoutExpired:
            child.kill()
            errors = f"not done after {SECONDS} s"
            child.communicate()
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.done += 1
        self.refused += child.returncode in (1, 2)
        told = " ".join(words[1:])
        if number == 0 and child.returncode != 0:
            self.fault(f"as it should be: {told}: exit status {child.returncode}, {errors[:400]!r}")
        if child.returncode not in (0, 1, 2) or child.returncode and len(errors.splitlines()) != 1:
            self.fault(f"round {number}: {told}: exit status {child.returncode}, {errors[:400]!r}")
        if most > MEMORY:
            self.fault(f"round {number}: {told}: {most / 1e6:.0f} MB")
            sys.exit(1)  # the figure is the largest of all children: it would be told of each from now on
        if seen(self.folder / "outside") != self.before:
            self.fault(f"round {number}: {told}: wrote outside")
            shutil.rmtree(self.folder / "outside")
            for name, content in self.before.items():
                path = self.folder / "outside" / name
                path.mkdir(parents=True) if content is None else path.write_bytes(content)
        more = {path.name for path in self.folder.iterdir()} - beside
        more = {name for name in more if not any(name.startswith(own) for own in may_write)}
        if more:
            self.fault(f"round {number}: {told}: wrote {', '.join(sorted(more))}")

    def fault(self, text):
        self.faults.append(text)
        print(f"FAULT: {text}", flush=True)


def try_elmo(trial, rounds, draw):
    folder = trial.folder
    trial.command(0, ["export", "--format", "elmo-hdf5", "--model", RUNS / "elmo", "--output", "whole"], ["whole"])
    trial.command(0, ["import", "--format", "elmo-hdf5", "--input", "whole", "--vocabulary", "whole/vocabulary.txt",
                      "--output", "out"], ["out"])
    values = [-1, 0, 1, 7, 1 << 31, 1 << 60, -(1 << 63), 1e308, 0.5, True, None, "", "relu", "../outside/x",
              str(folder / "outside/x"), "a\u0000b", "x" * 70000, [], [[]], [[1, 4]], [[1 << 40, 1 << 40]], {},
              {"dim": {}}]
    for number in range(1, rounds + 1):
        shutil.rmtree(folder / "given", ignore_errors=True)
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.copytree(folder / "whole", folder / "given")
        words = ["import", "--format", "elmo-hdf5", "--input", "given", "--output", "out"]
        what = draw.randrange(4)
        if what <= 1:
            file = folder / "given/options.json"
            file.write_text(changed_json(file.read_text(), draw, values))
        elif what == 2:
            file = folder / "given/weights.hdf5"
            file.write_bytes(changed_bytes(file.read_bytes(), draw))
        else:
            file = folder / "given/vocabulary.txt"
            file.write_bytes(changed_bytes(file.read_bytes(), draw))
            words += ["--vocabulary", file]
        trial.command(number, words, ["out"])


def try_run(trial, rounds, draw):
    folder = trial.folder
    write_texts(folder, 200, 30)
    trial.command(0, [*training("nnlm", folder, "whole"), "--max-steps", "5"], ["whole", "cache"])

    def use(number):
        trial.command(number, ["info", "given"], [])
        trial.command(number, ["embed", "--model", "given", "--input", "valid.txt", "--output", "x.npy"], ["x."])
        trial.command(number, ["export", "--model", "given", "--format", "safetensors", "--output", "y.safetensors"],
                      ["y."])
        trial.command(number, going_on("nnlm", folder, "given"), ["given"])

    shutil.copytree(folder / "whole", folder / "given")
    use(0)
    outside = folder / "outside"
    values = ["../outside/run", str(outside / "run"), str(outside / "canary"), "../../outside/run/model.safetensors",
              "", ".", "a\u0000b", "x" * 70000, None, -1, 1 << 60, 1e308, [], {}, True]
    for number in range(1, rounds + 1):
        shutil.rmtree(folder / "given", ignore_errors=True)
        for path in [*folder.glob("x.*"), *folder.glob("y.*")]:
            path.unlink()
        shutil.copytree(folder / "whole", folder / "given")
        files = [path for path in sorted((folder / "given").rglob("*")) if not path.is_symlink()]
        file = draw.choice(files)
        what = draw.randrange(4)
        if what == 0:
            file = draw.choice([path for path in files if path.suffix == ".json"])
            file.write_text(changed_json(file.read_text(), draw, values))
        elif what == 1 and (folder / "given/state/latest").exists():
            (folder / "given/state/latest").write_text(str(draw.choice(values)))
        elif what == 2:
            shutil.rmtree(file) if file.is_dir() else file.unlink()
            file.symlink_to(draw.choice([outside, outside / "run", outside / "canary", outside / "new", "../outside/run",
                                         "../outside/new", "../../outside/new", file.name]))
        elif file.is_file():
            file.write_bytes(changed_bytes(file.read_bytes(), draw))
        use(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--what", default="elmo,run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    arguments = parser.parse_args()
    faults = 0
    for what in arguments.what.split(","):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "tmp").mkdir()
            trial = Trial(pathlib.Path(folder), arguments.zoo)
            {"elmo": try_elmo, "run": try_run}[what](trial, arguments.rounds, random.Random(arguments.seed))
            faults += len(trial.faults)
            print(f"{what}: {trial.done} commands, {trial.refused} refused in one line, {len(trial.faults)} faults",
                  flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
