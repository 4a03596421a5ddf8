#!/usr/bin/env python3
"""What ELMo's paper claims of its vectors, measured on a bi-LM trained from scratch: docs/results/elmo.md.

    python3 benchmarks/elmo/results.py --input wiki17m.txt --senses four_words.train.tsv four_words.test.tsv --minutes 60

Needs nothing but Python and ./zoo (or the program that $ZOO names). Trains, on the same lower-cased text and vocabulary:
interpolated modified Kneser–Ney of order 5, skip-gram, and the bi-LM of --config, --minutes of it in this sitting; call
it again to go on. Then, each with what the run has learned so far:

    perplexity   of the next word on the text's test part, ELMo's forward half against Kneser–Ney
    senses       each occurrence gets the sense of the nearest known one: layer by layer, against the mean skip-gram
                 vector of the ten words on each side, a bag of the same words, and the most frequent sense
    tags         a linear tagger on each layer, trained on all of Brown's training sentences
    few tags     the default tagger on 1 % of them: ELMo's mixed layers, and skip-gram

What is made lies in --work, and what is there is not made again unless ELMo has been trained on.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ZOO", ROOT / "zoo")
LAYERS = ["0", "1", "2"]


def zoo(*words):
    """Runs ./zoo with its progress on our standard error; what it answers."""
    command = [str(word) for word in (PROGRAM, *words, "--json")]
    print("+ zoo", *command[1:], file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"benchmarks/elmo: zoo {words[0]} ended with status {done.returncode}; start again to go on from here")
    return json.loads(done.stdout)


class Measurements:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = pathlib.Path(arguments.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.memory = self.work / "results.json"
        self.known = json.loads(self.memory.read_text()) if self.memory.exists() else {}

    def once(self, key, measure):
        if key not in self.known:
            self.known[key] = measure()
            part = self.memory.with_suffix(".part")
            part.write_text(json.dumps(self.known, indent=1))
            part.rename(self.memory)
        return self.known[key]

    def train(self, name, *words):
        """A run folder, trained to its end."""
        folder = self.work / name
        if (folder / "config.json").exists():
            outcome = zoo("train", words[0], "--output", folder, "--resume")
        else:
            shutil.rmtree(folder, ignore_errors=True)
            outcome = zoo("train", *words, "--output", folder)
        return folder, outcome

    def elmo(self, tokenizer):
        """Some minutes more; the run and what its training says of itself."""
        folder = self.work / "elmo"
        start = ["train", "elmo", "--output", folder]
        begun = (folder / "config.json").exists()
        before = json.loads((folder / "config.json").read_text()).get("outcome", {}) if begun else {}
        if begun:  # perhaps without an outcome: it was interrupted
            start.append("--resume")
        else:
            start += ["--config", self.arguments.config, "--input", self.arguments.input, "--tokenizer", tokenizer,
                      "--precision", self.arguments.precision]
        said = (folder / "metrics.jsonl").read_text().splitlines() if begun else []
        spent = max((json.loads(line).get("seconds", 0) for line in said), default=0) / 60
        if before.get("finished") or (before and self.arguments.minutes <= 0):
            return folder, before
        return folder, zoo(*start, "--max-minutes", spent + self.arguments.minutes)

    def tagger(self, name, *words):
        result = zoo("train", "tagger", "--input", self.tagged, "--test", "--replace", "--output", self.work / "taggers" / name,
                     *words)
        return result["shares"][0]["test"]["accuracy"]

    def all(self):
        text = self.arguments.input
        self.tagged = self.arguments.tagged or zoo("data", "get", "brown")["files"][1]
        tokenizer = self.work / "tokenizer"
        if not (tokenizer / "tokenizer.json").exists():
            zoo("tokenizer", "train", "--type", "word", "--lowercase", "--vocabulary-size", self.arguments.vocabulary, "--input",
                text, "--output", tokenizer)
        same = ["--input", text, "--tokenizer", tokenizer]
        ngram, _ = self.train("ngram", "ngram", "--smoothing", "kneser-ney", "--order", "5", *same)
        skip_gram, _ = self.train("skip-gram", "word2vec", "--architecture", "skip-gram", "--dim", "128", *same)
        elmo, training = self.elmo(tokenizer)
        stand = f"step {training['best_step']}"
        perplexity = lambda run: zoo("evaluate", "--model", run, "--task", "perplexity", "--input", text, "--split",
                                     "test")["perplexity"]
        known, asked = self.arguments.senses
        return {
            "training": training,
            "perplexity": {"Kneser–Ney 5-gram": self.once("ngram", lambda: perplexity(ngram)),
                           "ELMo, forward": self.once(f"elmo, {stand}", lambda: perplexity(elmo))},
            "senses": self.once(f"senses, {stand}", lambda: zoo(
                "evaluate", "--model", elmo, "--task", "senses", "--input", asked, "--train", known, "--vectors", skip_gram)),
            "tags": {layer: self.once(f"tags, layer {layer}, {stand}", lambda: self.tagger(
                f"layer-{layer}", "--vectors", elmo, "--layer", layer, "--hidden-size", "0")) for layer in LAYERS},
            "few_tags": {
                "skip-gram": self.once("few tags, skip-gram", lambda: self.tagger(
                    "few-skip-gram", "--vectors", skip_gram, "--share", "0.01")),
                "ELMo, mixed layers": self.once(f"few tags, mix, {stand}", lambda: self.tagger(
                    "few-mix", "--vectors", elmo, "--layer", "mix", "--share", "0.01"))},
        }


def verdict(true):
    return "comes out" if true else "does not come out"


def markdown(found, arguments, command):
    percent = lambda share: f"{100 * share:.1f} %"
    training, senses = found["training"], found["senses"]["table"]
    rows = {name: row["nearest"]["per_sense"] for name, row in senses.items()}
    names = list(rows)
    layer = {number: names[int(number)] for number in LAYERS}
    baselines = {key: next(name for name in names if key in name) for key in ("mean", "frequent")}
    tags, few = found["tags"], found["few_tags"]
    lines = ["# ELMo's claims, measured", "", f"    {command}", "",
             f"Bi-LM of `{pathlib.Path(arguments.config).name}`, {training['epochs']:.2f} epochs of {pathlib.Path(arguments.input).name} in "
             f"{training['seconds'] / 60:.0f} minutes on {len(os.sched_getaffinity(0))} cores, products in {arguments.precision}; lower-cased, {arguments.vocabulary:,} words.", "",
             "## The next word", "", "| | test perplexity |", "|---|---:|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in found["perplexity"].items()]
    lines += ["", "## Senses of hard, interest, line and serve", "",
              "Nearest known occurrence by cosine (Peters et al. 2018, section 5.3).", "",
              "| | all occurrences | mean over senses |", "|---|---:|---:|"]
    lines += [f"| {name} | {percent(row['nearest']['micro'])} | {percent(row['nearest']['per_sense'])} |" for name, row in senses.items()]
    lines += ["", "## Tags", "", "A linear tagger on one layer, all of Brown's training sentences; accuracy on its test words.", "",
              "| layer | accuracy |", "|---|---:|"]
    lines += [f"| {layer[number]} | {percent(value)} |" for number, value in tags.items()]
    lines += ["", "The default tagger on 1 % of the training sentences:", "", "| vectors | accuracy |", "|---|---:|"]
    lines += [f"| {name} | {percent(value)} |" for name, value in few.items()]
    points = lambda a, b: 100 * (a - b)
    top = rows[layer["2"]]
    claims = [
        ("forward perplexity below Kneser–Ney's", found["perplexity"]["ELMo, forward"] < found["perplexity"]["Kneser–Ney 5-gram"], ""),
        ("senses, layer 2 five points above the mean static vector", points(top, rows[baselines["mean"]]) >= 5,
         f"{points(top, rows[baselines['mean']]):+.1f} points"),
        ("senses, layer 2 ten points above the most frequent sense", points(top, rows[baselines["frequent"]]) >= 10,
         f"{points(top, rows[baselines['frequent']]):+.1f} points"),
        ("senses: layer 2 above layer 1", top > rows[layer["1"]], f"{points(top, rows[layer['1']]):+.1f} points"),
        ("tags: layer 1 above layer 2", tags["1"] > tags["2"], f"{points(tags['1'], tags['2']):+.2f} points"),
        ("1 % of the tags: ELMo three points above skip-gram", points(few["ELMo, mixed layers"], few["skip-gram"]) >= 3,
         f"{points(few['ELMo, mixed layers'], few['skip-gram']):+.1f} points")]
    lines += ["", "## The claims", "", "| claim | | measured |", "|---|---|---:|"]
    lines += [f"| {claim} | {verdict(true)} | {measured} |" for claim, true, measured in claims]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True, help="the text, some ten million words; lines are documents")
    parser.add_argument("--senses", nargs=2, required=True, metavar=("TRAIN", "TEST"), help="tables of tagged occurrences")
    parser.add_argument("--tagged", help="Brown's tagged text; else `zoo data get brown`")
    parser.add_argument("--config", default=str(ROOT / "models/elmo/configs/wiki.json"))
    parser.add_argument("--vocabulary", type=int, default=50_000)
    parser.add_argument("--minutes", type=float, default=60, help="of ELMo's training in this sitting; 0: measure what there is")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="of ELMo's training; bf16 is the "
                        "faster where the processor has it")
    parser.add_argument("--work", default=str(ROOT / "runs/elmo_results"), help="what is made in between")
    parser.add_argument("--output", default=str(ROOT / "docs/results/elmo"), help="PATH.md and PATH.json")
    arguments = parser.parse_args()
    found = Measurements(arguments).all()
    command = "python3 benchmarks/elmo/results.py " + " ".join(pathlib.Path(word).name for word in sys.argv[1:])
    text = markdown(found, arguments, command)
    output = pathlib.Path(arguments.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".md").write_text(text, encoding="utf-8")
    output.with_suffix(".json").write_text(json.dumps({"command": command, **found}, indent=1, ensure_ascii=False) + "\n",
                                           encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
