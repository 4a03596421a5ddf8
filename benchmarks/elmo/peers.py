#!/usr/bin/env python3
"""ELMo's training and `zoo embed` side by side with the same algorithm in eager PyTorch.

    python3 benchmarks/elmo/peers.py --input text.txt [--config models/elmo/configs/wiki.json] [--output docs/results/elmo_speed]

Run by a Python that has torch and numpy; needs ./zoo build. The text should have a million words or more, a sentence a
line. Training: both read the same number of slots of running text in both directions, run the letters' network once for
each distinct word of a batch, draw the same number of noise words for the softmax, and take an Adam step; float32.
PyTorch has nn.LSTM(proj_size), whose cell and output it does not clip, and its fused Adam. Embedding: the first
--embed-words words of the text, sentences of like length together, the letters' network once for each word of the
vocabulary, the mean of all layers written as npy; the whole command is timed, start and files included.

All take turns in one run; the best round of each counts. Two more rows say what the algorithm is worth apart from the
kernels: PyTorch without the distinct words (each token is spelled anew) and PyTorch with a full softmax. With --output
NAME the table goes to NAME.md and the figures to NAME.json.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import machine  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZOO = os.environ.get("ZOO", str(ROOT / "build/release/bin/zoo"))
MODEL = {"max_characters": 50, "character_dim": 16, "filter_widths": [1, 2, 3, 4], "filter_counts": [32, 32, 64, 128],
         "highways": 1, "projection": 128, "cell": 512, "layers": 2, "dropout": 0.1, "length": 20,
         "output_layer": "full", "samples": 1024}
TRAINING = {"batch_size": 32, "learning_rate": 0.002, "clip": 1}
EMBEDDED_TOGETHER = 32


def zoo(*words, output=subprocess.PIPE):
    done = subprocess.run([ZOO, *map(str, words)], stdout=output, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"benchmarks/elmo: zoo {words[0]}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout) if output == subprocess.PIPE else None


class Text:
    """Words as both read them: between spaces, the most frequent `size` known, 0 for all others, 1 for a line's end."""

    def __init__(self, path, size, torch, longest):
        self.lines = [line.split() for line in open(path, encoding="utf-8") if line.strip()]
        counts = collections.Counter(word for line in self.lines for word in line)
        self.words = ["<unk>", "</s>"] + [word for word, _ in counts.most_common(size - 2)]
        number = {word: i for i, word in enumerate(self.words)}
        self.ids = [[number.get(word, 0) for word in line] for line in self.lines]
        self.stream = torch.tensor([id for line in self.ids for id in (*line, 1)])
        seen = torch.bincount(self.stream, minlength=len(self.words)).double() + 0.5
        self.share = (seen / seen.sum()).float()
        self.letters = torch.full((len(self.words), longest), 261, dtype=torch.long)
        for i, word in enumerate(self.words):
            read = [259, *(byte + 1 for byte in word.encode()[:longest - 2]), 260]
            self.letters[i, :len(read)] = torch.tensor(read)


def network(torch, model, text):
    nn = torch.nn

    class BiLm(nn.Module):
        def __init__(self):
            super().__init__()
            wide, projection = sum(model["filter_counts"]), model["projection"]
            self.letters = nn.Embedding(262, model["character_dim"], padding_idx=0)
            self.filters = nn.ModuleList([nn.Conv1d(model["character_dim"], n, w)
                                          for w, n in zip(model["filter_widths"], model["filter_counts"])])
            self.highways = nn.ModuleList([nn.Linear(wide, 2 * wide) for _ in range(model["highways"])])
            self.project = nn.Linear(wide, projection)
            self.directions = nn.ModuleList([nn.ModuleList([
                nn.LSTM(projection, model["cell"], proj_size=projection) for _ in range(model["layers"])])
                for _ in range(2)])
            self.dropout = nn.Dropout(model["dropout"])
            self.softmax = nn.Linear(projection, len(text.words))

        def spell(self, words):
            """[N] words → [N, P]."""
            x = self.letters(text.letters[words]).transpose(1, 2)
            y = torch.cat([torch.relu(one(x)).amax(2) for one in self.filters], 1)
            for highway in self.highways:
                new, gate = highway(y).chunk(2, 1)
                gate = torch.sigmoid(gate)
                y = gate * torch.relu(new) + (1 - gate) * y
            return self.project(y)

        def read(self, direction, x, states):
            layers = [x]
            for i, lstm in enumerate(self.directions[direction]):
                y, states[i] = lstm(self.dropout(x), states[i])
                x = x + y if i > 0 else y
                layers.append(x)
            return layers

    return BiLm()


class Training:
    def __init__(self, torch, model, training, text, distinct=True, full=False):
        self.torch, self.model, self.text, self.distinct, self.full = torch, model, text, distinct, full
        torch.manual_seed(1)
        self.network = network(torch, model, text)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=training["learning_rate"], fused=True)
        self.rows, self.length, self.clip = training["batch_size"], model["length"], training["clip"]
        usable = len(text.stream) // self.rows * self.rows
        self.slots = [text.stream[:usable].view(self.rows, -1), text.stream[:usable].flip(0).view(self.rows, -1)]
        self.expected = torch.log1p(-(1 - text.share.double()) ** model["samples"]).float()
        self.at = 0
        self.states = [[None] * model["layers"] for _ in range(2)]
        for _ in range(3):
            self.step()

    def loss(self, hidden, target):
        torch, softmax = self.torch, self.network.softmax
        if self.full or self.model["output_layer"] == "full":
            return torch.nn.functional.cross_entropy(softmax(hidden), target)
        noise = torch.unique(torch.multinomial(self.text.share, self.model["samples"], replacement=True))
        expected = self.expected
        true = (hidden * softmax.weight[target]).sum(1) + softmax.bias[target] - expected[target]
        other = torch.addmm(softmax.bias[noise], hidden, softmax.weight[noise].t()) - expected[noise]
        other = other.masked_fill(target.unsqueeze(1) == noise, -1e9)
        logits = torch.cat([true.unsqueeze(1), other], 1)
        return (torch.logsumexp(logits, 1) - true).mean()

    def step(self):
        torch = self.torch
        if self.at + self.length + 1 > self.slots[0].size(1):
            self.at = 0
        words = torch.stack([slot[:, self.at:self.at + self.length + 1].t() for slot in self.slots])  # [2, T + 1, B]
        self.at += self.length
        read = words[:, :-1]
        if self.distinct:
            known, place = torch.unique(read, return_inverse=True)
            x = torch.nn.functional.embedding(place, self.network.spell(known))
        else:
            x = self.network.spell(read.reshape(-1)).view(*read.shape, -1)
        hidden = []
        for direction in (0, 1):
            hidden.append(self.network.read(direction, x[direction], self.states[direction])[-1])
            self.states[direction] = [tuple(part.detach() for part in state) for state in self.states[direction]]
        hidden = self.network.dropout(torch.stack(hidden)).flatten(0, 2)
        self.loss(hidden, words[:, 1:].reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def tokens_per_second(self, seconds):
        start, steps = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            self.step()
            steps += 1
        return steps * self.rows * self.length / (time.perf_counter() - start)


def embed(torch, numpy, model, text, lines, output):
    """Words a second: the mean of all layers of each word in its sentence, between a line's marks."""
    start = time.perf_counter()
    net = network(torch, model, text).eval()
    order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
    first = numpy.cumsum([0] + [len(line) for line in lines])
    vectors = numpy.lib.format.open_memmap(output, "w+", numpy.float32, (int(first[-1]), 2 * model["projection"]))
    with torch.inference_mode():
        table = torch.cat([net.spell(part) for part in torch.arange(len(text.words)).split(512)])
        for at in range(0, len(order), EMBEDDED_TOGETHER):
            some = order[at:at + EMBEDDED_TOGETHER]
            longest = max(len(lines[i]) for i in some) + 2
            both = torch.ones(2, longest, len(some), dtype=torch.long)
            for row, i in enumerate(some):
                line = torch.tensor(lines[i])
                both[0, 1:len(line) + 1, row] = line
                both[1, 1:len(line) + 1, row] = line.flip(0)
            layers = []
            for direction in (0, 1):
                x = torch.nn.functional.embedding(both[direction], table)
                layers.append(torch.stack(net.read(direction, x, [None] * model["layers"])).mean(0))
            for row, i in enumerate(some):
                n = len(lines[i])
                line = torch.cat([layers[0][1:n + 1, row], layers[1][1:n + 1, row].flip(0)], 1)
                vectors[first[i]:first[i + 1]] = line.numpy()
    vectors.flush()
    return int(first[-1]) / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True)
    parser.add_argument("--config", default=str(ROOT / "models/elmo/configs/wiki.json"))
    parser.add_argument("--vocabulary", type=int, default=20000)
    parser.add_argument("--embed-words", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--output", help="NAME.md and NAME.json")
    arguments = parser.parse_args()
    try:
        import numpy
        import torch
    except ImportError as missing:
        sys.exit(f"benchmarks/elmo: this Python has no {missing.name}; run it by one that has")
    torch.set_num_threads(arguments.threads)
    config = json.loads(pathlib.Path(arguments.config).read_text())
    model, training = {**MODEL, **config["model"]}, {**TRAINING, **config["training"]}
    text = Text(arguments.input, arguments.vocabulary, torch, model["max_characters"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        own = folder / "config.json"
        own.write_text(json.dumps({**config, "tokenizer": {"type": "word", "split": "whitespace",
                                                           "vocabulary_size": arguments.vocabulary}}))
        zoo("train", "elmo", "--config", own, "--input", arguments.input, "--max-steps", 3, "--threads",
            arguments.threads, "--output", folder / "run", "--quiet", "--json")
        lines, count = [], 0
        with open(folder / "some.txt", "w", encoding="utf-8") as some:
            for words, ids in zip(text.lines, text.ids):
                if count >= arguments.embed_words:
                    break
                some.write(" ".join(words) + "\n")
                lines.append(ids)
                count += len(words)
        peers = {"PyTorch": Training(torch, model, training, text),
                 "PyTorch, each token spelled": Training(torch, model, training, text, distinct=False),
                 "PyTorch, full softmax": Training(torch, model, training, text, full=True)}
        trained, embedded = collections.defaultdict(list), collections.defaultdict(list)
        for number in range(arguments.rounds):
            made = zoo("bench", "elmo", "--config", own, "--input", arguments.input, "--threads", arguments.threads,
                       "--seconds", arguments.seconds, "--steps", 10**9, "--quiet", "--json")
            trained["langzoo"].append(made["tokens_per_second"])
            for name, peer in peers.items():
                trained[name].append(peer.tokens_per_second(arguments.seconds))
            start = time.perf_counter()
            zoo("embed", "--model", folder / "run", "--input", folder / "some.txt", "--tokens", "pretokenised", "--output",
                folder / "ours.npy", "--threads", arguments.threads, "--quiet", "--json")
            embedded["langzoo"].append(count / (time.perf_counter() - start))
            embedded["PyTorch"].append(embed(torch, numpy, model, text, lines, folder / "peer.npy"))
            print(f"round {number + 1}: " + ", ".join(f"{name} {values[-1]:,.0f}" for name, values in trained.items())
                  + " tokens/s; embedding " + ", ".join(f"{name} {values[-1]:,.0f}" for name, values in embedded.items())
                  + " words/s", file=sys.stderr, flush=True)
    page = ["# ELMo's speed beside PyTorch's", "", "    python3 benchmarks/elmo/peers.py " + " ".join(sys.argv[1:]), "",
            f"{machine()}. {pathlib.Path(arguments.config).name}: {model['layers']} layers of {model['cell']} cells and "
            f"{model['projection']} projected, {training['batch_size']} slots of {model['length']} words in both "
            f"directions, {arguments.vocabulary:,} words, {model['output_layer']} softmax"
            + (f" of {model['samples']:,}" if model["output_layer"] == "sampled" else "")
            + f"; float32, {arguments.threads} threads, PyTorch {torch.__version__}, best of {arguments.rounds} rounds."]
    for title, unit, figures in [("Training", "tokens/s", trained),
                                 (f"Embedding of {count:,} words", "words/s", embedded)]:
        best = {name: max(values) for name, values in figures.items()}
        page += ["", f"## {title}", "", f"| | {unit} | langzoo is |", "|---|---:|---:|"]
        page += [f"| {name} | {value:,.0f} | " + ("" if name == "langzoo" else f"{best['langzoo'] / value:.2f} × as fast")
                 + " |" for name, value in best.items()]
    page = "\n".join(page) + "\n"
    print(page)
    if arguments.output:
        pathlib.Path(arguments.output + ".md").write_text(page, encoding="utf-8")
        pathlib.Path(arguments.output + ".json").write_text(json.dumps(
            {"machine": machine(), "torch": torch.__version__, "config": config, "trained": trained,
             "embedded": embedded}, indent=1) + "\n")


if __name__ == "__main__":
    main()
