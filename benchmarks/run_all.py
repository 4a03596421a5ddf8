#!/usr/bin/env python3
"""Every speed of this project beside its peers', one after the other, into one page.

    python3 benchmarks/run_all.py --input text.txt                 docs/results/speed.md
    python3 benchmarks/run_all.py --only lstm nnlm --output /tmp/speed

Run by the Python of .venv-peers (scripts/python.sh peers), which has the peers; needs ./zoo build. Each part runs ours
and its peers interleaved and can be run alone: benchmarks/PART/run.py --help. What a part printed is kept in --work as
long as its command is the same, so that a stopped run goes on with the part it was in; --again measures anew.
"""

import argparse
import hashlib
import pathlib
import shlex
import subprocess
import sys
import time

from machine import machine

ROOT = pathlib.Path(__file__).resolve().parents[1]
HERE = "benchmarks"

# title, script, options, and those that take the text
PARTS = {
    "commands": ("The commands", "commands/run.py", [], False),
    "nnlm": ("NNLM: a training step of MLP9", "nnlm/run.py", [], False),
    "lstm": ("LSTM with projection", "lstm/run.py", [], False),
    "elmo": ("ELMo: training and embedding", "elmo/peers.py", [], True),
    "transformer": ("Transformer: training and decoding", "transformer/run.py", [], False),
    "word2vec": ("Word2Vec", "word2vec/run.py", ["--epochs", "1", "--rounds", "3", "--dims", "100", "--threads", "1,2"], True),
    "growth": ("Word2Vec: how its time grows", "word2vec/growth.py", [], True),
}


def measured(name, arguments):
    """What the part printed, without its own first title; None where it could not run."""
    _, script, options, takes_text = PARTS[name]
    if takes_text and not arguments.input:
        print(f"run_all: {name} is left out: it needs --input TEXT", file=sys.stderr)
        return None
    command = [f"{HERE}/{script}", *options, *(["--input", arguments.input] if takes_text else [])]
    kept = pathlib.Path(arguments.work) / f"{name}-{hashlib.sha256(shlex.join(command).encode()).hexdigest()[:12]}.md"
    if not kept.exists() or arguments.again:
        print(f"+ python3 {shlex.join(command)}", file=sys.stderr, flush=True)
        start = time.time()
        done = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            print(f"run_all: {name} ended with status {done.returncode} and is left out", file=sys.stderr)
            return None
        kept.write_text(f"    python3 {shlex.join(command)}\n\n{done.stdout.strip()}\n\n"
                        f"{(time.time() - start) / 60:.1f} minutes.\n", encoding="utf-8")
    lines = kept.read_text(encoding="utf-8").splitlines()
    return "\n".join("#" + line if line.startswith("## ") else line for line in lines if not line.startswith("# "))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", help="the text that Word2Vec trains on, some ten million words")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--again", action="store_true", help="measure what is kept, too")
    parser.add_argument("--work", default=str(ROOT / "runs/benchmarks"), help="what the parts printed")
    parser.add_argument("--output", default=str(ROOT / "docs/results/speed"), help="PATH.md")
    arguments = parser.parse_args()
    pathlib.Path(arguments.work).mkdir(parents=True, exist_ok=True)
    if arguments.input:
        arguments.input = str(pathlib.Path(arguments.input).resolve())
    pages = {name: page for name in arguments.only if (page := measured(name, arguments)) is not None}
    if not pages:
        sys.exit("run_all: no part could be measured")
    text = "\n\n".join([
        "# Speed, side by side", f"    python3 {HERE}/run_all.py {shlex.join(sys.argv[1:])}".rstrip(),
        f"{machine()}. Each table comes from one run in which ours and the "
        "peers take turns; the command above it makes it again.",
        *(f"## {PARTS[name][0]}\n\n{page}" for name, page in pages.items())]) + "\n"
    output = pathlib.Path(arguments.output).with_suffix(".md")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
