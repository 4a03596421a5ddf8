#!/usr/bin/env python3
"""What the Transformer learns: copying and reversing, the characters of the King James text, the Bible in translation.

    python3 benchmarks/transformer/tasks.py                          all of them, the Bible for at most an hour
    python3 benchmarks/transformer/tasks.py --parts bible            goes on where it stopped, an hour at a time
    python3 benchmarks/transformer/tasks.py --parts bible --target bible.zh.txt      into another language
    python3 benchmarks/transformer/tasks.py --quick --output /tmp/page --work /tmp/work       tiny: does it all work?

  copy, reverse   20 symbols of an alphabet of 20, a line; new lines are translated greedily, and must be right to the
                  last symbol in 99 % of them
  characters      the first 1,000,000 bytes of the King James text, the last tenth of them to validate: 4 blocks, 4
                  heads, 128 wide, 64 characters at a time, 12 rows, 2,000 steps; the same network, start, optimizer and
                  schedule in PyTorch, for some seeds each
  bible           verses from English to French (or --target): models/transformer/configs/translation.json, at most 40
                  epochs, of every 20 chapters the 10th validates and the 20th tests; BLEU greedy and with beam 4

Needs ./zoo build; characters also a Python with torch, else only ours is measured. Results go into
docs/results/transformer.{md,json} beside the speeds. All that is made lies in --work, and what is there is not made
again: stop it and start it as often as you like. The Bible comes by `zoo data get bible`, which has no Chinese: bring a
text of your own whose lines are those of bible.en.txt (--target FILE); its BLEU is scored by characters (zh).
"""

import argparse
import json
import math
import os
import pathlib
import random
import shlex
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from page import Store  # noqa: E402
from peers import training_network  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ["copy", "reverse", "characters", "bible"]
END = 3  # </s>, which closes a line and stands before a text


def zoo(arguments, *words, text=False):
    command = [str(word) for word in (arguments.zoo, *words)]
    print("+ zoo", *command[1:], file=sys.stderr, flush=True)
    done = subprocess.run(command if text else [*command, "--json"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"transformer/tasks: zoo {words[0]} ended with status {done.returncode}; start again to go on from "
                 "here")
    return done.stdout if text else json.loads(done.stdout)


def trained(arguments, folder, *words, minutes=0):
    """The outcome of the training in `folder`, begun or gone on with; with `minutes`, of so many more of them."""
    if (folder / "config.json").exists():
        config = json.loads((folder / "config.json").read_text())
        if config.get("outcome", {}).get("finished"):
            return config["outcome"]
        words = ["--resume"]
    limit = ["--max-minutes", minutes + spent(folder) / 60] if minutes else []
    return zoo(arguments, "train", "transformer", *words, "--output", folder, "--threads", arguments.threads, *limit)


def metrics(folder):
    file = folder / "metrics.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def spent(folder):
    """Seconds of training in all sittings so far."""
    return max((line.get("seconds", 0) for line in metrics(folder)), default=0)


def write_lines(path, lines):
    part = path.with_name(path.name + ".part")
    part.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    part.rename(path)
    return path


def toy(arguments, task, work):
    """The share of new lines that come out exactly right."""
    symbols, length = (6, 6) if arguments.quick else (20, 20)
    counts = {"train": 4000 if arguments.quick else 20_000, "valid": 200, "test": 200 if arguments.quick else 1000}
    draw = random.Random(1)
    files, seen = {}, set()
    for part, count in counts.items():
        lines = []
        while len(lines) < count:
            line = tuple(draw.choices("abcdefghijklmnopqrst"[:symbols], k=length))
            if line not in seen:
                seen.add(line)
                lines.append(line)
        files[part] = (write_lines(work / f"{task}.{part}.source", map(" ".join, lines)),
                       write_lines(work / f"{task}.{part}.target",
                                   (" ".join(line if task == "copy" else line[::-1]) for line in lines)))
    config = {"model": {"architecture": "encoder-decoder", "layers": 2, "width": 64, "heads": 4, "feed_forward": 256,
                        "context": 32, "dropout": 0, "tie": "all"},
              "training": {"batch_size": 64, "learning_rate": 0.002, "warmup": 200,
                           "epochs": 5 if arguments.quick else 10},
              "tokenizer": {"type": "word"}, "data": {"one_tokenizer": True}}
    (work / f"{task}.json").write_text(json.dumps(config))
    outcome = trained(arguments, work / task, "--config", work / f"{task}.json", "--source", files["train"][0],
                      "--target", files["train"][1], "--valid-source", files["valid"][0], "--valid-target",
                      files["valid"][1])
    made = zoo(arguments, "translate", "--model", work / task, "--input", files["test"][0], "--beam", 1, "--threads",
               arguments.threads, "--quiet", text=True).splitlines()
    wanted = files["test"][1].read_text().splitlines()
    if len(made) != len(wanted):
        sys.exit(f"transformer/tasks: {len(made)} lines came back for {len(wanted)}")
    return {"title": f"{task} {length} symbols of {symbols}", "training_lines": counts["train"],
            "test_lines": counts["test"], "exact": sum(map(str.__eq__, made, wanted)) / len(wanted),
            "steps": outcome["steps"], "minutes": outcome["seconds"] / 60}


class Characters:
    """The same language model by us and by PyTorch, on the same ids in the same order."""

    def __init__(self, arguments, work):
        self.arguments, self.work = arguments, work
        self.steps, self.rows, self.length = (30, 4, 16) if arguments.quick else (2000, 12, 64)
        self.model = {"layers": 4, "heads": 4, "width": 32 if arguments.quick else 128, "context": self.length,
                      "dropout": 0.0}
        self.training = {"batch_size": self.rows, "learning_rate": 0.001, "schedule": "cosine", "warmup": 100,
                         "floor": 0.1, "beta2": 0.99, "weight_decay": 0.1, "clip": 1.0}
        most = 30_000 if arguments.quick else 1_000_000
        text = pathlib.Path(bible(arguments)["en"]).read_bytes()[:most]
        lines = [line for line in text[: text.rindex(b"\n")].decode().split("\n") if line]
        cut, sizes = 0, 0
        while sizes < 0.9 * most:
            sizes += len(lines[cut].encode()) + 1
            cut += 1
        self.files = [write_lines(work / "characters.train", lines[:cut]),
                      write_lines(work / "characters.valid", lines[cut:])]
        self.tokenizer = work / "characters.tokenizer"
        if not (self.tokenizer / "tokenizer.json").exists():
            zoo(arguments, "tokenizer", "train", "--type", "char", "--input", self.files[0], "--output", self.tokenizer,
                "--quiet", text=True)
        self.vocabulary = json.loads((self.tokenizer / "tokenizer.json").read_text())["size"]
        self.ids = [self.encoded(file) for file in self.files]

    def encoded(self, file):
        text = zoo(self.arguments, "tokenizer", "encode", "--tokenizer", self.tokenizer, "--input", file, text=True)
        return [word for line in text.splitlines() for word in [*map(int, line.split()), END]]

    def batches(self, ids):
        """How many batches an epoch has: rows side by side, each in pieces of `length`."""
        return math.ceil(len(ids) // self.rows / self.length)

    def setting(self):
        train, valid = map(len, self.ids)
        model = self.model
        return (f"{model['layers']} blocks, {model['heads']} heads, {model['width']} wide, {self.length} "
                f"characters at a time, {self.rows} rows, {self.steps:,} steps; {train:,} characters to train on, "
                f"{valid:,} to validate on, {self.vocabulary} different ones; AdamW, no dropout. PyTorch's network is "
                "the same, with the same start, schedule and order of the text; loss at the last step, each window by "
                "itself.")

    def ours(self, seed):
        config = {"model": self.model,
                  "training": {**self.training, "epochs": self.steps / self.batches(self.ids[0]), "seed": seed}}
        file = self.work / f"characters-{seed}.json"
        file.write_text(json.dumps(config))
        folder = self.work / f"characters-{seed}"
        outcome = trained(self.arguments, folder, "--config", file, "--input", self.files[0], "--valid", self.files[1],
                          "--tokenizer", self.tokenizer)
        last = [line for line in metrics(folder) if "valid_loss" in line][-1]
        if last["step"] != self.steps:
            sys.exit(f"transformer/tasks: {folder} was trained for {last['step']} steps and not {self.steps}")
        return {"what": "langzoo", "seed": seed, "valid_loss": last["valid_loss"], "seconds": outcome["seconds"]}

    def windows(self, torch, ids, place):
        """Batch `place` of an epoch: what is read and what comes next, [rows, length]."""
        slots = len(ids) // self.rows
        first = place * self.length
        count = min(self.length, slots - first)
        begins = torch.arange(self.rows).unsqueeze(1) * slots + first + torch.arange(count).unsqueeze(0)
        with_start = torch.cat([torch.tensor([END]), ids])
        return with_start[begins], ids[begins]

    def pytorch(self, torch, seed):
        settings = {**self.model, "vocabulary": self.vocabulary, "source": False}
        torch.manual_seed(seed)
        torch.set_num_threads(self.arguments.threads)
        network = training_network(torch, settings)
        train, valid = (torch.tensor(ids) for ids in self.ids)
        start_as_ours(torch, network, settings, torch.bincount(train, minlength=self.vocabulary))
        decayed = [p for p in network.parameters() if p.dim() > 1]
        plain = [p for p in network.parameters() if p.dim() <= 1]
        given = self.training
        optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": given["weight_decay"]},
                                       {"params": plain, "weight_decay": 0.0}], betas=(0.9, given["beta2"]), fused=True)
        begin, an_epoch = time.time(), self.batches(self.ids[0])
        for step in range(1, self.steps + 1):
            done = (step - given["warmup"]) / (self.steps - given["warmup"])
            share = (step / given["warmup"] if step < given["warmup"] else
                     given["floor"] + (1 - given["floor"]) * 0.5 * (1 + math.cos(math.pi * done)))
            for group in optimizer.param_groups:
                group["lr"] = given["learning_rate"] * share
            words, target = self.windows(torch, train, (step - 1) % an_epoch)
            network(words, target).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), given["clip"])
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seconds = time.time() - begin
        network.eval()
        total = count = 0
        with torch.no_grad():
            for place in range(self.batches(self.ids[1])):
                words, target = self.windows(torch, valid, place)
                total += network(words, target).item() * target.numel()
                count += target.numel()
        return {"what": "PyTorch", "seed": seed, "valid_loss": total / count, "seconds": seconds,
                "version": torch.__version__}

    def run(self):
        try:
            import torch
        except ImportError:
            print("left out: PyTorch: this Python has no torch", file=sys.stderr)
            torch = None
        memory = self.work / "characters.results.json"
        known = json.loads(memory.read_text()) if memory.exists() else {}
        for seed in range(1, self.arguments.seeds + 1):
            for what, measure in (("langzoo", self.ours), ("PyTorch", lambda seed: self.pytorch(torch, seed))):
                key = f"{what} {seed}"
                if key in known or (what == "PyTorch" and torch is None):
                    continue
                known[key] = measure(seed)
                print(f"characters, {key}: {known[key]['valid_loss']:.4f} nats", file=sys.stderr, flush=True)
                memory.write_text(json.dumps(known, indent=1))
        return {"setting": self.setting(), "runs": list(known.values())}


def start_as_ours(torch, network, settings, counts):
    """Weights as models/transformer/network.cpp starts them."""
    glorot = lambda weight, products, shrink=1.0: torch.nn.init.normal_(
        weight, 0, shrink * math.sqrt(2 / (weight.size(0) / products + weight.size(1))))
    shrink = 1 / math.sqrt(2 * settings["layers"])
    torch.nn.init.normal_(network.words.weight, 0, 0.3 / math.sqrt(settings["width"]))
    for block in network.decoder.blocks:
        glorot(block.attention.query_key_value.weight, 3)
        glorot(block.attention.output.weight, 1, shrink)
        glorot(block.feed_forward[1].weight, 1)
        glorot(block.feed_forward[3].weight, 1, shrink)
        for linear in (block.attention.query_key_value, block.attention.output, block.feed_forward[1],
                       block.feed_forward[3]):
            torch.nn.init.zeros_(linear.bias)
    share = counts.double() + 0.5
    with torch.no_grad():
        network.bias.copy_((share / share.sum()).log())


def bible(arguments):
    """The prepared files by language."""
    files = zoo(arguments, "data", "get", "bible")["files"]
    return {pathlib.Path(file).name.split(".")[1]: file for file in files}


def verses(path):
    return pathlib.Path(path).read_text(encoding="utf-8").splitlines()


def is_chinese(lines):
    text = "".join(lines[:1000])
    return sum("\u4e00" <= letter <= "\u9fff" for letter in text) > 0.3 * max(1, len(text))


def translation(arguments, work):
    """One sitting of training, and what has come of it so far."""
    files = bible(arguments)
    name = arguments.target
    file = files.get(name) or name
    if not pathlib.Path(file).is_file():
        sys.exit(f"transformer/tasks: --target {name}: is no language of `zoo data get bible` ({', '.join(files)}) and "
                 "no file; give one of these, or a text whose lines are those of bible.en.txt")
    name = name if name in files else pathlib.Path(file).name
    source, target = verses(files["en"]), verses(file)
    if len(source) != len(target):
        sys.exit(f"transformer/tasks: --target {file}: {len(target):,} lines, and bible.en.txt has {len(source):,}; "
                 "line i of both must be the same verse, empty lines included")
    parts, chapter, inside = {"train": [], "valid": [], "test": []}, -1, False
    for pair in zip(source, target):
        if not pair[0].strip():
            inside = False
            continue
        chapter += not inside
        inside = True
        if pair[1].strip():
            parts["valid" if chapter % 20 == 9 else "test" if chapter % 20 == 19 else "train"].append(pair)
    if arguments.quick:
        parts = {part: pairs[:count] for (part, pairs), count in zip(parts.items(), (400, 40, 20))}
    texts = {part: [write_lines(work / f"bible.{part}.en", (pair[0] for pair in pairs)),
                    write_lines(work / f"bible.{part}.{name}", (pair[1] for pair in pairs))]
             for part, pairs in parts.items()}
    config = ROOT / "models/transformer/configs/translation.json"
    more = (["--layers", 1, "--width", 32, "--feed-forward", 64, "--vocabulary-size", 400, "--epochs", 1]
            if arguments.quick else ["--epochs", arguments.epochs])
    folder = work / f"bible-{name}"
    outcome = trained(arguments, folder, "--config", config, "--source", texts["train"][0], "--target",
                      texts["train"][1], "--valid-source", texts["valid"][0], "--valid-target", texts["valid"][1],
                      *more, "--precision", arguments.precision, minutes=arguments.minutes)
    tokenizer = "zh" if is_chinese(target) else "13a"
    scores = {}
    for search, beam in (("greedy", 1), ("beam", 4)):
        got = zoo(arguments, "evaluate", "--model", folder, "--task", "translation", "--input", texts["test"][0],
                  "--reference", texts["test"][1], "--beam", beam, "--bleu-tokenizer", tokenizer, "--threads",
                  arguments.threads, "--quiet")
        scores[search] = {key: got[key] for key in ("bleu", "chrf", "ter", "signature", "sentences", "samples")}
    return {"target": name, "finished": outcome["finished"], "reason": outcome["reason"], "epochs": outcome["epochs"],
            "hours": outcome["seconds"] / 3600, "precision": arguments.precision,
            "training_pairs": len(parts["train"]), **scores}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--target", default="fr", help="fr, es, it, ru, or a text line by line with bible.en.txt")
    parser.add_argument("--epochs", type=float, default=40, help="of the Bible")
    parser.add_argument("--minutes", type=float, default=60, help="of the Bible's training in this sitting")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="of the Bible's training")
    parser.add_argument("--seeds", type=int, default=3, help="of the characters, ours and PyTorch's")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--quick", action="store_true", help="tiny settings: shows that it works")
    parser.add_argument("--zoo", default=ROOT / "build/release/bin/zoo")
    parser.add_argument("--work", default=ROOT / "runs/transformer_tasks", help="what is made in between")
    parser.add_argument("--output", default=ROOT / "docs/results/transformer", help="PATH.md and PATH.json")
    arguments = parser.parse_args()
    if arguments.quick and pathlib.Path(arguments.output) == ROOT / "docs/results/transformer":
        parser.error("--quick: its figures mean nothing; give it an --output and a --work of its own")
    if not pathlib.Path(arguments.zoo).exists():
        parser.error(f"--zoo: {arguments.zoo} is not there; run ./zoo build")
    work = pathlib.Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    store = Store(arguments.output)
    kept = store.all.get("tasks", {})
    done, commands = kept.get("done", {}), kept.get("commands", [])
    command = shlex.join(["python3", "benchmarks/transformer/tasks.py", *sys.argv[1:]])
    if command not in commands:
        commands.append(command)
    missed = []
    for part in arguments.parts:
        if part == "bible":
            result = translation(arguments, work)
            done[f"bible-{result['target']}"] = result
        elif part == "characters":
            done[part] = Characters(arguments, work).run()
        else:
            done[part] = toy(arguments, part, work)
            if done[part]["exact"] < 0.99 and not arguments.quick:
                missed.append(f"{part}: {100 * done[part]['exact']:.1f} % exact, and 99 % are wanted")
        store.put("tasks", {"commands": commands, "done": done})
    print(pathlib.Path(arguments.output).with_suffix(".md").read_text(encoding="utf-8"))
    if missed:
        sys.exit("transformer/tasks: " + "; ".join(missed))


if __name__ == "__main__":
    main()
