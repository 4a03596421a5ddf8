#!/usr/bin/env python3
"""A disk that fills up at any write, and a folder that may not be written: one line says so, and nothing is lost.

    python3 tests/faults/full_disk.py [--commands train-nnlm,embed-npy,…] [--sizes 12] [--zoo build/release/bin/zoo]

Each command that writes is run on a disk of its own (a tmpfs in a mount namespace of this script's): first with room
enough, to see how much it writes, then on disks of ever more pages up to that. Each time it must end with status 1 and
one line on standard error; a file that stood there before must stand as it was, and none may stand half written under
its name. A training then gets room and goes on: its weights must be those of one that was never disturbed. Last, the
same in a folder that may only be read. Needs ./zoo build, and root or user namespaces; says so and ends well where
there are none.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run import ROOT, SIZES, going_on, training, write_texts  # noqa: E402

PAGE = 4096
RUNS = sorted((ROOT / "tests/data/runs").glob("[0-9]*"), key=lambda path: [int(n) for n in path.name.split(".")])[-1]


def commands(place):
    """name → (words, outputs below the disk; None: a training, whose run is `disk/run`)"""
    text, disk = place / "train.txt", place / "disk"
    listed = {}
    for model in SIZES:
        listed[f"train-{model}"] = (training(model, place, disk / "run"), None)
    listed["corpus-cache"] = (["train", "ngram", "--input", text, "--output", place / "elsewhere", "--threads", "1"],
                              ["cache"])
    listed["tokenizer-word"] = (["tokenizer", "train", "--type", "word", "--input", text, "--output", disk / "t"],
                                ["t/tokenizer.json"])
    listed["tokenizer-bpe"] = (["tokenizer", "train", "--type", "bpe", "--vocabulary-size", "90", "--input", text,
                                "--output", disk / "t"], ["t/tokenizer.json"])
    listed["tokenizer-encode"] = (["tokenizer", "encode", "--tokenizer", RUNS / "nnlm", "--input", text, "--output",
                                   disk / "ids.txt"], ["ids.txt"])
    listed["phrases"] = (["data", "phrases", "--input", text, "--output", disk / "p.txt", "--table", disk / "p.tsv"],
                         ["p.txt", "p.tsv"])
    for form, name in (("word2vec-text", "v.txt"), ("word2vec-bin", "v.bin"), ("glove", "g.txt"), ("npy", "v.npy"),
                       ("safetensors", "v.safetensors"), ("projector", "projector")):
        listed[f"export-{form}"] = (["export", "--model", place / "vectors.txt", "--format", form, "--output",
                                     disk / name], [name])
    listed["export-arpa"] = (["export", "--model", RUNS / "ngram", "--format", "arpa", "--output", disk / "a.arpa"],
                             ["a.arpa"])
    listed["import-word2vec"] = (["import", "--format", "word2vec", "--input", place / "vectors.txt", "--output",
                                  disk / "run"], ["run/config.json", "run/model.safetensors"])
    listed["import-arpa"] = (["import", "--format", "arpa", "--input", place / "a.arpa", "--output", disk / "run"],
                             ["run/config.json", "run/model.safetensors"])
    for ending in ("npy", "hdf5", "jsonl"):
        listed[f"embed-{ending}"] = (["embed", "--model", RUNS / "elmo", "--input", text, "--layer", "all", "--output",
                                      disk / f"x.{ending}"], [f"x.{ending}"])
    listed["attention"] = (["attention", "--model", RUNS / "decoder", "--text", "the king rules", "--output",
                            disk / "a.html"], ["a.html"])
    return listed


class Disk:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def mount(self, pages):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * PAGE}", "tmpfs", self.folder], check=True)

    def grow(self):
        subprocess.run(["mount", "-o", "remount,size=256M", self.folder], check=True)

    def unmount(self):
        subprocess.run(["umount", self.folder], check=True)

    def used_pages(self):
        status = os.statvfs(self.folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize // PAGE


def digest(path):
    """Of a file, or of all files in a folder; None where there is nothing."""
    if path.is_dir():
        return {str(file.relative_to(path)): digest(file) for file in sorted(path.rglob("*")) if file.is_file()}
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


class Checks:
    def __init__(self, place, zoo):
        self.place, self.zoo, self.lost = place, zoo, []
        self.disk = Disk(place / "disk")

    def run(self, words, cache, quiet=True, **more):
        environment = {**os.environ, "ZOO_CACHE": str(cache)}
        words = [str(word) for word in (self.zoo, *words, *(["--quiet"] if quiet else []))]
        return subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              **more)

    def say(self, what):
        self.lost.append(what)
        print(f"LOST: {what}", flush=True)

    def expect_one_line(self, name, where, done):
        lines = done.stderr.strip().splitlines()
        if done.returncode != 1 or len(lines) != 1 or not lines[0].startswith("zoo: "):
            self.say(f"{name}, {where}: exit status {done.returncode}, {done.stderr.strip()[:600]!r}")

    def check(self, name, words, outputs, sizes):
        disk, trains = self.disk.folder, outputs is None
        cache = disk / "cache" if name == "corpus-cache" else self.place / "cache"
        self.disk.mount(65536)
        done = self.run(words, cache)
        if done.returncode != 0:
            self.say(f"{name}: fails with room enough: {done.stderr.strip()}")
            self.disk.unmount()
            return
        needed = self.disk.used_pages()
        weights = digest(disk / "run/model.safetensors")
        whole = {output: digest(disk / output) for output in outputs or []}
        self.disk.unmount()
        shutil.rmtree(self.place / "elsewhere", ignore_errors=True)
        full = 0
        for pages in sorted({1 + round((needed - 1) * i / sizes) for i in range(sizes)}):
            where = f"{pages} of {needed} pages"
            self.disk.mount(pages)
            done = self.run(words, cache)
            if done.returncode != 0:
                full += 1
                self.expect_one_line(name, where, done)
            elif trains and digest(disk / "run/model.safetensors") != weights:
                self.say(f"{name}, {where}: ended well with other weights")
            if trains and done.returncode != 0:
                self.disk.grow()
                begun = (disk / "run/config.json").exists()
                if not begun:
                    shutil.rmtree(disk / "run", ignore_errors=True)
                model = name.removeprefix("train-")
                again = self.run(going_on(model, self.place, disk / "run") if begun else words, cache)
                if again.returncode != 0:
                    self.say(f"{name}, {where}: does not go on: {again.stderr.strip()}")
                elif digest(disk / "run/model.safetensors") != weights:
                    self.say(f"{name}, {where}: goes on to other weights")
            for output in outputs or []:
                if name != "corpus-cache" and digest(disk / output) not in (None, whole[output], {}):
                    partial = digest(disk / output)
                    # Of a folder each file must be whole or not there.
                    if not isinstance(partial, dict) or any(whole[output].get(k) != v for k, v in partial.items()):
                        self.say(f"{name}, {where}: {output} stands half written")
            self.disk.unmount()
            shutil.rmtree(self.place / "elsewhere", ignore_errors=True)
        # A file that stood there before stays as it was.
        files = [output for output in outputs or [] if name.startswith(("export", "embed", "attention", "phrases"))]
        if files and not any(isinstance(whole[output], dict) for output in files):
            self.disk.mount(len(files) + 1)
            for output in files:
                (disk / output).write_text("before")
            done = self.run(words, cache)
            if done.returncode != 0:
                self.expect_one_line(name, "over a file that was there", done)
                if any((disk / output).read_text() != "before" for output in files[:1]):
                    self.say(f"{name}: what was there before is lost")
            self.disk.unmount()
        # A disk that may only be read.
        self.disk.mount(1024)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        self.expect_one_line(name, "on a disk that may only be read", self.run(words, cache))
        self.disk.unmount()
        shutil.rmtree(self.place / "elsewhere", ignore_errors=True)
        print(f"{name}: {needed} pages, {full} of {sizes} disks were too small", flush=True)


def in_own_namespace(arguments):
    """This script again, where it may mount; or the reason why that cannot be."""
    for unshare in (["unshare", "--mount", "--propagation", "private"], ["unshare", "--user", "--map-root-user", "--mount"]):
        with tempfile.TemporaryDirectory() as folder:
            trial = subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True)
        if trial.returncode == 0:
            return subprocess.run([*unshare, sys.executable, __file__, "--here", *arguments]).returncode
    print(f"skipped: no disk can be mounted here ({trial.stderr.strip()}); root or user namespaces are needed")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", default="")
    parser.add_argument("--sizes", type=int, default=12, help="disks for each command")
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.here:
        return in_own_namespace(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        write_texts(place, 400, 50)
        (place / "vectors.txt").write_text("300 8\n" + "".join(f"w{i} " + " ".join(["0.25"] * 8) + "\n" for i in range(300)))
        checks = Checks(place, arguments.zoo)
        subprocess.run([arguments.zoo, "export", "--model", RUNS / "ngram", "--format", "arpa", "--output",
                        place / "a.arpa", "--quiet"], check=True)
        listed = commands(place)
        for name in arguments.commands.split(",") if arguments.commands else listed:
            checks.check(name, *listed[name], arguments.sizes)
    return 1 if checks.lost else 0


if __name__ == "__main__":
    sys.exit(main())
