#!/usr/bin/env python3
"""Word2Vec side by side: our three modes and gensim's corpus_file, interleaved on the same text.

    python3 benchmarks/word2vec/run.py --input text.txt --questions questions-words.txt [--epochs 1] [--rounds 1]

Run by a Python that has gensim (without it only ours are measured); needs ./zoo build. The text is lower-cased to
letters and apostrophes once, so that all read the same words. Prints a Markdown table and, with --output, appends the
figures to a JSON file, an object a line.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def lower_cased(source, folder):
    target = pathlib.Path(folder) / "text.txt"
    with open(source, encoding="utf-8") as text, open(target, "w", encoding="utf-8") as out:
        for line in text:
            words = re.findall(r"[a-z']+", line.lower())
            if words:
                out.write(" ".join(words) + "\n")
    return target


def ours(bench, text, arguments, architecture, mode, dim, threads):
    command = [bench, "--input", text, "--split", "whitespace", "--architecture", architecture, "--mode", mode,
               "--dim", dim, "--threads", threads, "--epochs", arguments.epochs, "--sample", arguments.sample, "--json"]
    if arguments.questions:
        command += ["--questions", arguments.questions]
    result = json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)
    return {"what": f"langzoo {mode}, {result['kernel']}", "words_per_second": result["words_per_second"],
            "peak_memory_bytes": result["peak_memory_bytes"],
            "analogies": result.get("analogies", {}).get("total", {}).get("accuracy_on_seen")}


GENSIM = """
import json, resource, sys, time
from gensim.models import Word2Vec
text, sg, dim, threads, epochs, sample, questions = sys.argv[1:]
model = Word2Vec(vector_size=int(dim), window=5, min_count=5, sg=int(sg), negative=5, sample=float(sample),
                 workers=int(threads), alpha=0.025 if sg == "1" else 0.05, epochs=int(epochs))
model.build_vocab(corpus_file=text)
words = model.corpus_total_words
start = time.time()
model.train(corpus_file=text, total_words=words, total_examples=model.corpus_count, epochs=int(epochs))
seconds = time.time() - start
kept = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
score = model.wv.evaluate_word_analogies(questions, restrict_vocab=30000)[0] if questions else None
print(json.dumps({"words_per_second": kept * int(epochs) / seconds, "analogies": score,
                  "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def gensim(text, arguments, architecture, dim, threads):
    command = [sys.executable, "-c", GENSIM, text, 1 if architecture == "skip-gram" else 0, dim, threads,
               arguments.epochs, arguments.sample, arguments.questions or ""]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if run.returncode != 0:
        print("gensim:", run.stderr.strip().splitlines()[-1], file=sys.stderr)
        return None
    return {"what": "gensim corpus_file", **json.loads(run.stdout)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True)
    parser.add_argument("--questions")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sample", type=float, default=1e-4)
    parser.add_argument("--dims", default="100,300")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--modes", default="shared,exact,deterministic")
    parser.add_argument("--architectures", default="skip-gram,cbow")
    parser.add_argument("--bench", default=ROOT / "build/release/bin/zoo-bench-word2vec")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    print("| architecture | dim | threads | what | words/s | analogies | peak memory |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        text = lower_cased(arguments.input, folder)
        for _ in range(arguments.rounds):
            for architecture in arguments.architectures.split(","):
                for dim in arguments.dims.split(","):
                    for threads in arguments.threads.split(","):
                        results = [ours(arguments.bench, text, arguments, architecture, mode, dim, threads)
                                   for mode in arguments.modes.split(",")]
                        results.append(gensim(text, arguments, architecture, dim, threads))
                        for r in filter(None, results):
                            score = "" if r["analogies"] is None else f"{100 * r['analogies']:.1f} %"
                            print(f"| {architecture} | {dim} | {threads} | {r['what']} | "
                                  f"{r['words_per_second'] / 1e6:.2f}M | {score} | "
                                  f"{r['peak_memory_bytes'] / 2**20:.0f} MiB |", flush=True)
                            if arguments.output:
                                with open(arguments.output, "a", encoding="utf-8") as out:
                                    out.write(json.dumps({"architecture": architecture, "dim": int(dim),
                                                          "threads": int(threads), "time": time.time(), **r}) + "\n")


if __name__ == "__main__":
    main()
