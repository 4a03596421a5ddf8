#!/usr/bin/env python3
"""The Transformer side by side with PyTorch, transformers and CTranslate2: training, translating, length, memory.

    python3 benchmarks/transformer/run.py                       into docs/results/transformer.{md,json}
    python3 benchmarks/transformer/run.py --parts decoding      one part of it; the others stay as they were measured
    python3 benchmarks/transformer/run.py --quick --output /tmp/page      tiny, in a few minutes: does it all work?

Run by a Python that has torch, transformers, sentencepiece and ctranslate2 (scripts/requirements-peers.txt; a peer that
is missing is left out); needs ./zoo build. Measured are

  training   a step of the language model (4 blocks, 256 wide, V = 8,000, 16 × 128 tokens) and of the encoder–decoder (4
             and 4 blocks, 256 wide, V = 8,000 twice, 64 pairs of 32 + 32 tokens): ours by `zoo bench transformer`,
             against PyTorch eager and torch.compile, each in float32 and bfloat16; fused AdamW and a gradient's norm of
             1 in all of them
  decoding   the same Marian-shaped weights (256 wide, 4 + 4 blocks, 8,000 pieces), 32 sentences of 25 tokens to 40
             each, greedy and by a beam of 4: ours by `zoo bench translation` from the run that `zoo import --format
             huggingface` makes, in float32, bfloat16 and int8, against transformers' generate() and CTranslate2 in
             float32 and int8
  length     the same with 8 sentences, beam 4, to 16 … 500 tokens: what a token costs

In each round every program has its turn, ours as a new process, the peers as processes that stay and wait. A machine
that does anything else meanwhile measures nothing.
"""

import argparse
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from page import Store  # noqa: E402
from peers import Peer  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTS = ["training", "decoding", "length"]
PRECISIONS = ["fp32", "bf16"]


class Sizes:
    def __init__(self, quick):
        self.width, self.layers, self.heads = (32, 1, 2) if quick else (256, 4, 4)
        self.vocabulary = 300 if quick else 8000
        self.rows, self.steps = (4, 16) if quick else (16, 128)
        self.pairs, self.words = (8, 8) if quick else (64, 32)
        self.sentences, self.source, self.target = (4, 10, 12) if quick else (32, 25, 40)
        self.few, self.lengths = (2, [8, 16, 32]) if quick else (8, [16, 32, 64, 128, 256, 500])
        self.positions = 64 if quick else 512
        self.tokens = 20_000 if quick else 400_000


def zoo(arguments, *words):
    """The answer of the command, or None, said on standard error, where it fails."""
    command = [str(word) for word in (arguments.zoo, *words, "--json")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no word of why"]
        print(f"left out: zoo {' '.join(command[1:4])} …: {said[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def spelled(number):
    """0 → "a", 26 → "aa", …"""
    word, rest = "", number + 1
    while rest > 0:
        word = chr(ord("a") + (rest - 1) % 26) + word
        rest = (rest - 1) // 26
    return word


def write_text(path, vocabulary, tokens, words, seed):
    """Lines of as many words each, by Zipf's law; every word of the vocabulary stands somewhere."""
    draw = random.Random(seed)
    names = [spelled(rank) for rank in range(vocabulary - 5)]  # the special tokens are counted too
    text = draw.choices(names, [1 / (rank + 1) for rank in range(len(names))], k=tokens)
    text += names + names[: -(tokens + len(names)) % words]
    with open(path, "w", encoding="utf-8") as file:
        for first in range(0, len(text), words):
            file.write(" ".join(text[first:first + words]) + "\n")


class Ours:
    """One of our programs under the peers' interface."""

    def __init__(self, what, arguments, *words):
        self.name, self.arguments, self.words = what, arguments, words

    def measure(self, **asked):
        more = [part for name, value in asked.items() for part in (f"--{name.replace('_', '-')}", value)]
        answer = zoo(self.arguments, *self.words, "--threads", self.arguments.threads, *more)
        return answer and {key: answer[key] for key in ("tokens_per_second", "peak_memory_bytes")}

    def close(self):
        pass


class Benchmark:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.sizes = arguments, pathlib.Path(folder), Sizes(arguments.quick)
        self.store = Store(arguments.output)
        before = self.store.all.get("speed", {})
        same = before.get("threads") == arguments.threads and before.get("quick") == arguments.quick
        # What other parts measured earlier stays on the page, with the command that measured it.
        self.commands = {part: command for part, command in before.get("commands", {}).items()
                         if same and part not in arguments.parts}
        self.measured = [row for row in before.get("measured", []) if row["part"] in self.commands]

    def rounds(self, part, cases, programs):
        """Every program measures every case in each round. programs: (what, facts, one that measures); cases: (what the
        page calls it, what is asked)."""
        self.commands[part] = shlex.join(["python3", "benchmarks/transformer/run.py", *sys.argv[1:]])
        for number in range(self.arguments.rounds):
            for case, asked in cases:
                for what, facts, program in programs:
                    answer = program.measure(**asked)
                    if answer is None:
                        continue
                    self.measured.append({"part": part, "case": case, "what": what, "round": number, **facts, **answer})
                    print(f"{part}, round {number + 1}, {', '.join(str(value) for value in case.values())}: {what}: "
                          f"{answer['tokens_per_second']:,.0f} tokens/s", file=sys.stderr, flush=True)
            self.save()
        for _, _, program in programs:
            program.close()

    def save(self):
        self.store.put("speed", {"commands": self.commands, "threads": self.arguments.threads,
                                 "quick": self.arguments.quick, "measured": self.measured})

    def training(self, translates):
        sizes, name = self.sizes, "pairs" if translates else "text"
        rows, steps = (sizes.pairs, sizes.words) if translates else (sizes.rows, sizes.steps)
        for part, tokens in (("train", sizes.tokens), ("valid", 20 * rows)):
            write_text(self.folder / f"{name}.{part}", sizes.vocabulary if part == "train" else 50, tokens,
                       steps - 1 if translates else 20, 1)  # a line's end is a token too
        model = {"layers": sizes.layers, "width": sizes.width, "heads": sizes.heads, "context": steps,
                 "dropout": self.arguments.dropout, "architecture": "encoder-decoder" if translates else "decoder"}
        config = {"model": model,
                  "training": {"batch_size": rows, "clip": 1.0, "learning_rate": 0.001, "weight_decay": 0.01},
                  "tokenizer": {"type": "word", "split": "whitespace", "vocabulary_size": sizes.vocabulary}}
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(config))
        train, valid = self.folder / f"{name}.train", self.folder / f"{name}.valid"
        words = ["bench", "transformer", "--config", file, "--steps", 10**9]
        if translates:
            words += ["--source", train, "--target", train, "--valid-source", valid, "--valid-target", valid]
        else:
            words += ["--input", train, "--valid", valid]
        settings = {"width": sizes.width, "heads": sizes.heads, "layers": sizes.layers, "rows": rows, "steps": steps,
                    "vocabulary": sizes.vocabulary, "context": steps, "dropout": self.arguments.dropout,
                    "source": translates, "threads": self.arguments.threads, "warmup": 5}
        programs = [(f"langzoo {precision}", {"precision": precision, "program": "langzoo"},
                     Ours("langzoo", self.arguments, *words, "--precision", precision)) for precision in PRECISIONS]
        for precision in PRECISIONS:
            for kind, title in (("eager", "PyTorch eager"), ("compiled", "torch.compile")):
                if kind in self.arguments.peers:
                    programs.append((f"{title} {precision}", {"precision": precision, "program": "PyTorch"},
                                     Peer(kind, {**settings, "precision": precision})))
        blocks = f"{sizes.layers} + {sizes.layers}" if translates else str(sizes.layers)
        batch = (f"{rows} pairs of {steps} + {steps} tokens a step, those of the target counted" if translates
                 else f"{rows} × {steps} tokens a step")
        title = (f"{'encoder–decoder' if translates else 'language model'}, {blocks} blocks × {sizes.width}, "
                 f"V = {sizes.vocabulary:,}, {batch}")
        self.rounds("training", [({"title": title}, {"seconds": self.arguments.seconds})], programs)

    def translators(self):
        """The programs that translate, with the same weights."""
        sizes, arguments = self.sizes, self.arguments
        theirs, converted, run = (self.folder / name for name in ("marian", "ctranslate2", "run"))
        make = [sys.executable, HERE / "marian.py", theirs, sizes.width, sizes.layers, sizes.heads, sizes.vocabulary,
                sizes.positions]
        done = subprocess.run([str(word) for word in make], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"benchmarks/transformer: no Marian model could be made: {done.stderr.strip().splitlines()[-1]}")
        if zoo(arguments, "import", "--format", "huggingface", theirs, "--output", run) is None:
            sys.exit("benchmarks/transformer: zoo import did not take the Marian model")
        programs = [(f"langzoo {name}", {"program": "langzoo"},
                     Ours("langzoo", arguments, "bench", "translation", "--model", run, "--precision", precision))
                    for name, precision in (("float32", "fp32"), ("bfloat16", "bf16"), ("int8", "int8"))]
        if "transformers" in arguments.peers:
            programs.append(("transformers", {"program": "transformers"},
                             Peer("transformers", {"folder": str(theirs), "threads": arguments.threads})))
        if "ctranslate2" in arguments.peers:
            done = subprocess.run([str(word) for word in [*make, converted]], capture_output=True, text=True)
            if done.returncode != 0:
                print(f"left out: CTranslate2: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                return programs
            for kind in ("float32", "int8"):
                for threads in sorted({1, arguments.threads}):  # a second one can cost it more than it gains
                    name = f"CTranslate2 {kind}" + (", one thread" if threads < arguments.threads else "")
                    programs.append((name, {"program": "CTranslate2"}, Peer("ctranslate2", {
                        "folder": str(converted / kind), "threads": threads, "compute_type": kind})))
        return programs

    def case(self, batch, target, beam, title):
        asked = {"batch_size": batch, "source_length": self.sizes.source, "target_length": target, "beam": beam,
                 "seconds": self.arguments.seconds}
        return {"title": title, "target_length": target, "beam": beam}, asked

    def decoding(self):
        sizes = self.sizes
        shape = f"{sizes.width} wide, {sizes.layers} + {sizes.layers} blocks, {sizes.vocabulary:,} pieces"
        title = f"{shape}, {sizes.sentences} sentences of {sizes.source} tokens to {sizes.target} each"
        cases = {"decoding": [self.case(sizes.sentences, sizes.target, beam, title) for beam in (1, 4)],
                 "length": [self.case(sizes.few, length, 4, f"{sizes.few} sentences of {sizes.source} tokens")
                            for length in sizes.lengths]}
        wanted = [part for part in cases if part in self.arguments.parts]
        for part in wanted:
            self.rounds(part, cases[part], self.programs if part == wanted[-1] else
                        [(what, facts, Kept(program)) for what, facts, program in self.programs])

    def run(self):
        if "training" in self.arguments.parts:
            self.training(False)
            self.training(True)
        if "decoding" in self.arguments.parts or "length" in self.arguments.parts:
            self.programs = self.translators()
            self.decoding()


class Kept:
    """A program that is still needed when these rounds are over."""

    def __init__(self, program):
        self.measure = program.measure

    def close(self):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["eager", "compiled", "transformers", "ctranslate2"]
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--peers", nargs="*", choices=names, default=names)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dropout", type=float, default=0.0, help="in training, of all programs")
    parser.add_argument("--quick", action="store_true", help="tiny models and two short rounds: shows that it works")
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    parser.add_argument("--output", default=ROOT / "docs/results/transformer", help="PATH.md, .json, _length.svg")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = min(arguments.rounds, 2), min(arguments.seconds, 1)
        if pathlib.Path(arguments.output) == ROOT / "docs/results/transformer":
            parser.error("--quick: its figures mean nothing; give it an --output of its own")
    if not pathlib.Path(arguments.zoo).exists():
        parser.error(f"--zoo: {arguments.zoo} is not there; run ./zoo build")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_CACHE"] = str(pathlib.Path(folder) / "cache")
        Benchmark(arguments, folder).run()
    print(pathlib.Path(arguments.output).with_suffix(".md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
