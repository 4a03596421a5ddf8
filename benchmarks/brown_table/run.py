#!/usr/bin/env python3
"""Table 1 of Bengio et al. 2003, every row trained and evaluated by ./zoo on the Brown corpus: paper | ours | ratio.

    python3 benchmarks/brown_table/run.py                        all rows, one seed, into docs/results/nnlm.{md,json}
    python3 benchmarks/brown_table/run.py --rows MLP9 MLP10 --output /tmp/table

Needs nothing but Python and ./zoo (or the program that $ZOO names). The vocabulary is the 16,382 most frequent words of the whole corpus (ties in byte
order) and the unknown word, as in the paper; the first 800,000 words train, the next 200,000 validate, the rest test;
line ends are no words. Rows are the configs in models/nnlm/configs: mlp2, 4, … are mlp1, 3, … mixed with the
interpolated trigram, so each pair is trained once. All that is made lies in --work, and what is there is not made
again: stop it and start it as often as you like.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "models/nnlm/configs"
PROGRAM = os.environ.get("ZOO", ROOT / "zoo")
TRAINING_WORDS, VALIDATION_WORDS = 800_000, 200_000
VOCABULARY = 16_382 + 5  # the unknown word is one of five special tokens

TRIGRAM, KNESER_NEY = "Interpolated trigram", "Kneser–Ney 5"
# name: (what it is, the paper's perplexity in validation and test or nothing)
ROWS = {
    TRIGRAM: ({"ngram": {"smoothing": "deleted-interpolation", "order": 3}}, (352, 336)),
    "Kneser–Ney 3": ({"ngram": {"smoothing": "kneser-ney", "order": 3}}, (334, 323)),
    "Kneser–Ney 4": ({"ngram": {"smoothing": "kneser-ney", "order": 4}}, (332, 321)),
    KNESER_NEY: ({"ngram": {"smoothing": "kneser-ney", "order": 5}}, (332, 321)),
}
PAPER = [(284, 268), (275, 257), (327, 310), (286, 272), (296, 279), (273, 259), (309, 293), (284, 270), (280, 276),
         (265, 252)]
for number, figures in enumerate(PAPER, 1):
    ROWS[f"MLP{number}"] = ({"nnlm": f"mlp{number}", **({"mix": TRIGRAM} if number % 2 == 0 else {})}, figures)
ROWS["Modern"] = ({"nnlm": "modern"}, None)
ROWS["Modern, mixed"] = ({"nnlm": "modern", "mix": KNESER_NEY}, None)


def zoo(*words, result=True):
    """Runs ./zoo with its progress on our standard error; its JSON."""
    command = [str(word) for word in (PROGRAM, *words)]
    print("+ zoo", *command[1:], file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"brown_table: zoo {words[0]} ended with status {done.returncode}; start again to go on from here")
    return json.loads(done.stdout) if result else None


class Table:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = pathlib.Path(arguments.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.memory = self.work / "results.json"
        self.known = json.loads(self.memory.read_text()) if self.memory.exists() else {}
        self.prepare()

    def prepare(self):
        """The three texts and the tokenizer."""
        brown = self.arguments.brown or zoo("data", "get", "brown", "--json")["files"][0]
        lines = pathlib.Path(brown).read_text(encoding="utf-8").splitlines()
        words = [(word, number) for number, line in enumerate(lines) for word in line.split()]
        ends = [TRAINING_WORDS, TRAINING_WORDS + VALIDATION_WORDS, len(words)]
        if len(words) <= ends[1]:
            sys.exit(f"brown_table: {brown} has {len(words)} words; the table takes more than {ends[1]}")
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
        self.texts, self.sizes, start = {}, {}, 0
        for name, end in zip(("train", "valid", "test"), ends):
            path = self.work / f"{name}-{digest}.txt"
            self.texts[name], self.sizes[name] = path, end - start
            if not path.exists():
                text, line = [], None
                for word, number in words[start:end]:
                    text.append(("" if line is None else " " if number == line else "\n") + word)
                    line = number
                path.with_suffix(".part").write_text("".join(text) + "\n", encoding="utf-8")
                path.with_suffix(".part").rename(path)
            start = end
        self.tokenizer = self.work / f"tokenizer-{digest}"
        if not (self.tokenizer / "done").exists():
            shutil.rmtree(self.tokenizer, ignore_errors=True)
            zoo("tokenizer", "train", "--type", "word", "--split", "whitespace", "--vocabulary-size", VOCABULARY,
                "--input", brown, "--output", self.tokenizer, "--quiet", result=False)
            (self.tokenizer / "done").touch()

    def trained(self, what, seed):
        """The run folder of an n-gram model or a network, trained to its end; minutes that it took."""
        if "ngram" in what:
            kind, config = "ngram", {"model": what["ngram"], "data": {"line_ends": False}}
            name, seed = "-".join(str(value) for value in what["ngram"].values()), 1
        else:
            kind, name = "nnlm", what["nnlm"]
            config = json.loads((CONFIGS / f"{name}.json").read_text())
        text = json.dumps(config, sort_keys=True)
        # The configs of a pair are equal: so are their runs.
        folder = self.work / f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}-seed{seed}"
        file = folder.with_suffix(".json")
        file.write_text(text)
        if (folder / "config.json").exists():
            done = zoo("train", kind, "--output", folder, "--resume", "--json")
        else:
            shutil.rmtree(folder, ignore_errors=True)
            done = zoo("train", kind, "--config", file, "--input", self.texts["train"], "--valid", self.texts["valid"],
                       "--tokenizer", self.tokenizer, "--seed", seed, "--output", folder, "--json")
        return folder, done["seconds"] / 60

    def perplexity(self, folder, part, mix):
        words = ["evaluate", "--model", folder, "--task", "perplexity", "--input", self.texts[part], "--json"]
        if mix:
            words += ["--mix", mix, "--weight", self.arguments.weight]
        return zoo(*words)["perplexity"]

    def row(self, name, seed):
        what, _ = ROWS[name]
        folder, minutes = self.trained(what, seed)
        mix = self.trained(ROWS[what["mix"]][0], seed)[0] if "mix" in what else None
        key = f"{folder.name} {mix.name + ' ' + self.arguments.weight if mix else ''}"
        if key not in self.known:
            self.known[key] = {part: self.perplexity(folder, part, mix) for part in ("valid", "test")}
            part = self.memory.with_suffix(".part")
            part.write_text(json.dumps(self.known, indent=1))
            part.rename(self.memory)
        return {**self.known[key], "seed": seed, "minutes": minutes}


def measured(table, names, seeds):
    rows = []
    for name in names:
        runs = [table.row(name, seed) for seed in range(1, seeds + 1)]
        mean = lambda key: sum(run[key] for run in runs) / len(runs)
        paper = ROWS[name][1]
        rows.append({"name": name, "valid": round(mean("valid"), 2), "test": round(mean("test"), 2),
                     "paper_valid": paper and paper[0], "paper_test": paper and paper[1],
                     "minutes": round(mean("minutes"), 2), "mixed": "mix" in ROWS[name][0], "runs": runs})
    return rows


def markdown(rows, table, arguments):
    def cell(value, paper):
        return f"{paper} | {value:.1f} | {value / paper:.3f}" if paper else f"– | {value:.1f} | –"

    lines = [
        "# Table 1 of Bengio et al. 2003 on the Brown corpus", "",
        f"{table.sizes['train']:,} words train, {table.sizes['valid']:,} validate, {table.sizes['test']:,} test; the 16,382 "
        "most frequent words of the whole corpus and the unknown word. Perplexities are exact. The paper counted "
        "1,181,041 words in its copy of the corpus and trained by plain gradient descent; the copy here has 1,161,192, "
        "and its interpolated trigram reaches 0.991 of the paper's in test.", "",
        f"    python3 benchmarks/brown_table/run.py --seeds {arguments.seeds}", "",
        f"Seeds: {arguments.seeds}{' (means)' if arguments.seeds > 1 else ''}. Mixing weight: {arguments.weight}"
        f"{', learned on the validation text' if arguments.weight == 'auto' else ''}; even rows are the odd ones mixed "
        f"with the interpolated trigram, “Modern, mixed” with Kneser–Ney of order 5. Machine: {os.cpu_count()} cores, "
        f"{platform.machine()}.", "",
        "| | valid: paper | ours | ratio | test: paper | ours | ratio | minutes |",
        "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        minutes = "" if row["mixed"] else f"{row['minutes']:.1f}"
        lines.append(f"| {row['name']} | {cell(row['valid'], row['paper_valid'])} | "
                     f"{cell(row['test'], row['paper_test'])} | {minutes} |")
    total = sum(row["minutes"] for row in rows if not row["mixed"]) * arguments.seeds
    lines += ["", f"All trainings together: {total:.0f} minutes."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="ROW",
                        help=", ".join(ROWS))
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each network; means are told")
    parser.add_argument("--weight", default="auto", help="the network's share of a mixture: auto, or from 0 to 1")
    parser.add_argument("--brown", help="the corpus, a sentence a line; else `zoo data get brown`")
    parser.add_argument("--work", default=str(ROOT / "runs/brown_table"), help="what is made in between")
    parser.add_argument("--output", default=str(ROOT / "docs/results/nnlm"), help="PATH.md and PATH.json")
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error("--seeds: at least 1")
    start = time.time()
    table = Table(arguments)
    rows = measured(table, arguments.rows, arguments.seeds)
    text = markdown(rows, table, arguments)
    output = pathlib.Path(arguments.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".md").write_text(text, encoding="utf-8")
    output.with_suffix(".json").write_text(json.dumps(
        {"command": "python3 benchmarks/brown_table/run.py", "weight": arguments.weight, "rows": rows}, indent=1,
        ensure_ascii=False) + "\n", encoding="utf-8")
    print(text)
    print(f"{(time.time() - start) / 60:.1f} minutes in this sitting", file=sys.stderr)


if __name__ == "__main__":
    main()
