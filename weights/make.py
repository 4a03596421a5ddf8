#!/usr/bin/env python3
"""Makes the released runs of weights/ anew, from public-domain text.

    python3 weights/make.py [NAME ...]

For each it fetches the text (`zoo data get`), trains by the command that stands in weights/manifest.json, leaves out the
saved state, and writes the manifest: the command, the text and its licence, what the run reached, and each file's size
and SHA-256. Training is deterministic where the manifest says so: the same weights come out on any number of threads.
One that was stopped goes on where it was.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "weights"
ZOO = os.environ.get("ZOO", ROOT / "zoo")

# name: the dataset and its files by option, their licence, what else `zoo train` is given, and whether the weights'
# bytes are the same each time.
RUNS = {
    "skip-gram-king-james": {
        "dataset": "bible",
        "texts": {"input": "bible.en.txt"},
        "licence": "King James Version, in the public domain",
        "train": ["word2vec", "--architecture", "skip-gram", "--mode", "deterministic", "--dim", "64", "--epochs", "30",
                  "--learning-rate", "0.025", "--sample", "1e-3", "--min-count", "5", "--lowercase"],
        "deterministic": True,
    },
    "translator-bible-en-fr": {
        "dataset": "bible",
        "texts": {"source": "bible.en.txt", "target": "bible.fr.txt"},
        "licence": "King James Version and Louis Segond's Bible of 1910, in the public domain",
        "train": ["transformer", "--architecture", "encoder-decoder", "--layers", "2", "--width", "128", "--heads", "4",
                  "--feed-forward", "512", "--context", "128", "--dropout", "0.1", "--label-smoothing", "0.1", "--tie",
                  "all", "--one-tokenizer", "--type", "bpe", "--vocabulary-size", "5000", "--learning-rate", "0.002",
                  "--schedule", "inverse_sqrt", "--warmup", "400", "--batch-size", "32", "--epochs", "8",
                  "--average-last", "5", "--validate-by", "bleu"],
        "deterministic": False,
    },
}


def zoo(*words):
    done = subprocess.run([str(word) for word in (ZOO, *words)], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"weights/make.py: zoo {words[0]} ended with status {done.returncode}")
    return json.loads(done.stdout)


def files_of(folder):
    return {str(path.relative_to(folder)): {"bytes": path.stat().st_size,
                                            "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in sorted(folder.rglob("*")) if path.is_file()}


def make(name):
    wanted, target = RUNS[name], WEIGHTS / name
    dataset, texts = wanted["dataset"], wanted["texts"]
    there = {pathlib.Path(path).name: path for path in zoo("data", "get", dataset, "--json")["files"]}
    given = [*wanted["train"], *(word for option, file in texts.items() for word in ("--" + option, file))]
    made = WEIGHTS / f"{name}-{hashlib.sha256(' '.join(given).encode()).hexdigest()[:8]}.part"  # other options: anew
    if (made / "config.json").exists():  # begun before and stopped
        zoo("train", wanted["train"][0], "--output", made, "--resume", "--json")
    else:
        zoo("train", *(there.get(word, word) for word in given), "--output", made, "--json")
    reached = json.loads((made / "metrics.jsonl").read_text().splitlines()[-1])
    shutil.rmtree(made / "state", ignore_errors=True)
    config = json.loads((made / "config.json").read_text())
    for option, file in texts.items():  # where it lay on the machine that trained it says nothing
        config["data"][option] = [file]
    (made / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    command = " ".join(["zoo train", *given, "--output", f"weights/{name}"])
    return {"name": name, "text": f"zoo data get {dataset}: " + ", ".join(texts.values()),
            "licence": wanted["licence"], "command": command, "deterministic": wanted["deterministic"],
            "reached": reached,
            "files": files_of(target)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS) + "; none: all")
    names = parser.parse_args().names or list(RUNS)
    for name in names:
        if name not in RUNS:
            parser.error(f"{name}: no such run; there are {', '.join(RUNS)}")
    manifest = WEIGHTS / "manifest.json"
    known = {run["name"]: run for run in json.loads(manifest.read_text())["runs"]} if manifest.exists() else {}
    for name in names:
        known[name] = make(name)
    runs = [known[name] for name in RUNS if name in known]
    manifest.write_text(json.dumps({"runs": runs}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
