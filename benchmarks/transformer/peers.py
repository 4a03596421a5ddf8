"""The other programs of benchmarks/transformer: each runs in a process of its own, started once, and measures when it
is asked to, so that all can take turns and memory is each one's own.

    peers.py NAME SETTINGS      reads a line of JSON for each measurement on standard input and answers by one

NAME is eager, compiled (training), transformers or ctranslate2 (decoding). The networks are those of ours: pre-norm
blocks, GELU, sinusoidal positions, one table for words and output layer, a bias in the output layer.
"""

import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from timing import quickest  # noqa: E402


class Peer:
    """The driver's side. Measurements are one line there, one line back; a peer that cannot work says why."""

    def __init__(self, name, settings):
        self.name = name
        self.process = subprocess.Popen([sys.executable, __file__, name, json.dumps(settings)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.errors = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):  # or it would wait for somebody who reads
        for line in self.process.stderr:
            self.errors = [*self.errors[-20:], line.rstrip()]

    def measure(self, **asked):
        """Its answer, or None where it cannot: then it is left out from now on."""
        if self.process is None:
            return None
        try:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if answer:
            return json.loads(answer)
        self.process.wait()
        said = [line for line in self.errors if line.strip()]
        print(f"left out: {self.name}: {said[-1] if said else 'it ended without a word'}", file=sys.stderr)
        self.process = None
        return None

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def training_network(torch, settings):
    """The language model, or with `source` the encoder–decoder, up to the loss."""
    functional = torch.nn.functional
    width, heads, vocabulary = settings["width"], settings["heads"], settings["vocabulary"]

    class Attention(torch.nn.Module):
        def __init__(self, cross):
            super().__init__()
            self.cross = cross
            if cross:
                self.query = torch.nn.Linear(width, width)
                self.key_value = torch.nn.Linear(width, 2 * width)
            else:
                self.query_key_value = torch.nn.Linear(width, 3 * width)
            self.output = torch.nn.Linear(width, width)

        def forward(self, x, memory, causal):
            if self.cross:
                parts = (self.query(x), *self.key_value(memory).chunk(2, -1))
            else:
                parts = self.query_key_value(x).chunk(3, -1)
            query, key, value = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in parts)
            y = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
            return self.output(y.transpose(1, 2).flatten(2))

    class Block(torch.nn.Module):
        def __init__(self, causal, cross):
            super().__init__()
            self.causal = causal
            self.attention, self.norm = Attention(False), torch.nn.LayerNorm(width)
            self.cross = Attention(True) if cross else None
            self.cross_norm = torch.nn.LayerNorm(width) if cross else None
            self.feed_forward = torch.nn.Sequential(
                torch.nn.LayerNorm(width), torch.nn.Linear(width, 4 * width), torch.nn.GELU(),
                torch.nn.Linear(4 * width, width))
            self.dropout = torch.nn.Dropout(settings["dropout"])

        def forward(self, x, memory):
            x = x + self.dropout(self.attention(self.norm(x), None, self.causal))
            if self.cross is not None:
                x = x + self.dropout(self.cross(self.cross_norm(x), memory, False))
            return x + self.dropout(self.feed_forward(x))

    class Stack(torch.nn.Module):
        def __init__(self, causal, cross):
            super().__init__()
            self.blocks = torch.nn.ModuleList([Block(causal, cross) for _ in range(settings["layers"])])
            self.norm, self.dropout = torch.nn.LayerNorm(width), torch.nn.Dropout(settings["dropout"])
            place = torch.arange(settings["context"]).unsqueeze(1)
            column = torch.arange(width)
            angle = place * torch.exp((column - column % 2) / width * -math.log(10000.0))
            self.register_buffer("places", torch.where(column % 2 == 0, angle.sin(), angle.cos()))

        def forward(self, words, memory=None):
            x = self.dropout(words * math.sqrt(width) + self.places[: words.size(1)])
            for block in self.blocks:
                x = block(x, memory)
            return self.norm(x)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            table = lambda: torch.nn.Embedding(vocabulary, width)
            self.words = table()
            self.bias = torch.nn.Parameter(torch.zeros(vocabulary))
            self.decoder = Stack(True, settings["source"])
            if settings["source"]:
                self.source_words, self.encoder = table(), Stack(False, False)
            torch.nn.init.normal_(self.words.weight, 0, 0.3 / math.sqrt(width))

        def forward(self, words, target, source=None):
            memory = self.encoder(self.source_words(source)) if source is not None else None
            logits = functional.linear(self.decoder(self.words(words), memory), self.words.weight, self.bias)
            return functional.cross_entropy(logits.view(-1, vocabulary), target.view(-1))

    return Network()


class Training:
    """PyTorch's own step: forward, backward, gradients' norm limited, fused AdamW; autocast for bfloat16."""

    def __init__(self, settings, compiled):
        import torch
        self.torch, self.settings = torch, settings
        torch.set_num_threads(settings["threads"])
        torch.manual_seed(1)
        self.module = training_network(torch, settings)
        self.forward = torch.compile(self.module) if compiled else self.module
        weights = [p for p in self.module.parameters() if p.dim() > 1]
        others = [p for p in self.module.parameters() if p.dim() <= 1]
        groups = [{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=True)
        generator = torch.Generator().manual_seed(1)
        frequency = 1 / torch.arange(1, settings["vocabulary"] + 1, dtype=torch.double)
        draw = lambda: torch.multinomial(frequency, settings["rows"] * settings["steps"], True,
                                         generator=generator).view(settings["rows"], settings["steps"])
        self.batches = [(draw(), draw(), draw() if settings["source"] else None) for _ in range(16)]
        self.steps = 0
        for _ in range(settings["warmup"]):
            self.step()

    def step(self):
        torch = self.torch
        words, target, source = self.batches[self.steps % len(self.batches)]
        self.steps += 1
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings["precision"] == "bf16"):
            loss = self.forward(words, target, source)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def measure(self, asked):
        start, steps = time.perf_counter(), 0
        while steps < 3 or time.perf_counter() - start < asked["seconds"]:
            self.step()
            steps += 1
        tokens = steps * self.settings["rows"] * self.settings["steps"]
        return {"tokens_per_second": tokens / (time.perf_counter() - start), "version": self.torch.__version__,
                "parameters": sum(p.numel() for p in self.module.parameters())}


def random_sources(asked, first, vocabulary, end):
    """Rows of ids, each closed by `end`."""
    import random
    draw = random.Random(1)
    return [[draw.randrange(first, vocabulary - 1) for _ in range(asked["source_length"] - 1)] + [end]
            for _ in range(asked["batch_size"])]


class Transformers:
    """model.generate() of Hugging Face's transformers, with its cache."""

    def __init__(self, settings):
        import torch
        import transformers
        self.torch, self.version = torch, transformers.__version__
        torch.set_num_threads(settings["threads"])
        transformers.logging.set_verbosity_error()
        self.model = transformers.MarianMTModel.from_pretrained(settings["folder"]).eval()

    def measure(self, asked):
        torch, model = self.torch, self.model
        sources = torch.tensor(random_sources(asked, 2, model.config.vocab_size, model.config.eos_token_id))
        mask, made = torch.ones_like(sources), {}

        def translate():
            with torch.inference_mode():
                out = model.generate(input_ids=sources, attention_mask=mask, do_sample=False, num_beams=asked["beam"],
                                     max_length=asked["target_length"] + 1, early_stopping=False)
            made["tokens"] = out.size(0) * (out.size(1) - 1)  # without what a translation begins from
        seconds = quickest(asked["seconds"], translate)
        return {"tokens_per_second": made["tokens"] / seconds, "tokens": made["tokens"], "version": self.version}


class CTranslate2:
    """Its own translator, one batch at a time on all cores."""

    def __init__(self, settings):
        import ctranslate2
        self.version = ctranslate2.__version__
        self.translator = ctranslate2.Translator(settings["folder"], device="cpu", inter_threads=1,
                                                 intra_threads=settings["threads"],
                                                 compute_type=settings["compute_type"])
        self.pieces = json.loads((pathlib.Path(settings["folder"]) / "shared_vocabulary.json").read_text())

    def measure(self, asked):
        sources = [[self.pieces[i] for i in row]
                   for row in random_sources(asked, 2, len(self.pieces), self.pieces.index("</s>"))]
        made = {}

        def translate():
            results = self.translator.translate_batch(sources, beam_size=asked["beam"], max_batch_size=0,
                                                      max_decoding_length=asked["target_length"])
            made["tokens"] = sum(len(result.hypotheses[0]) for result in results)
        seconds = quickest(asked["seconds"], translate)
        return {"tokens_per_second": made["tokens"] / seconds, "tokens": made["tokens"], "version": self.version,
                "compute_type": self.translator.compute_type}


def main():
    name, settings = sys.argv[1], json.loads(sys.argv[2])
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the libraries print is no answer
    makers = {"eager": lambda s: Training(s, False), "compiled": lambda s: Training(s, True),
              "transformers": Transformers, "ctranslate2": CTranslate2}
    peer = None
    for line in sys.stdin:
        if peer is None:
            peer = makers[name](settings)
        answer = peer.measure(json.loads(line))
        answers.write(json.dumps({**answer, "peak_memory_bytes": peak_memory()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
