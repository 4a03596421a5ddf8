#!/usr/bin/env python3
"""Word2Vec side by side: our modes, gensim's corpus_file and fastText, interleaved on the same text.

    python3 benchmarks/word2vec/run.py --input text.txt --questions questions-words.txt --output docs/results/word2vec

Run by a Python that has gensim and fasttext (a peer that is missing is left out); needs ./zoo build. The text is
lower-cased to letters and apostrophes once, so that all read the same words; words are counted as the vocabulary keeps
them, before subsampling, and tables, vocabularies and encoding are not timed. Each round measures every program once,
one after the other; the tables give each one's best speed and its ratio to gensim's best. With --output NAME the tables
go to NAME.md and all measurements to NAME.json; what NAME.json holds already (same text and settings) is not measured
again, so that a benchmark may be stopped and gone on with.

Of gensim's rate with corpus_file and W workers: each worker compares the lines that it has read itself with those of
the whole text (get_next_alpha in word2vec_corpusfile.pyx of 4.4), so in an epoch the rate falls by a W-th of what it
should. With two workers one epoch ends at half the rate, five at a tenth of it; ours falls to nearly nothing.
"""

import argparse
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import machine  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]

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
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
kept = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
"""

FASTTEXT = """
import json, os, re, resource, sys, tempfile
import fasttext
text, sg, dim, threads, epochs, sample, questions, longest = sys.argv[1:]
with tempfile.TemporaryFile() as log:
    kept = os.dup(2)
    os.dup2(log.fileno(), 2)  # its progress line tells its speed from the start of training
    model = fasttext.train_unsupervised(text, model="skipgram" if sg == "1" else "cbow", dim=int(dim), ws=5, neg=5,
                                        minCount=5, epoch=int(epochs), thread=int(threads), t=float(sample), verbose=2,
                                        minn=3 if longest != "0" else 0, maxn=int(longest), loss="ns",
                                        lr=0.025 if sg == "1" else 0.05)
    os.dup2(kept, 2)
    log.seek(0)
    speed = [int(n) for n in re.findall(r"words/sec/thread: *([0-9]+)", log.read().decode("utf-8", "replace"))][-1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
seconds = kept = 0
"""

# The peers' analogies are counted by gensim, which counts as zoo evaluate does.
SCORES = """
def shares(sections):
    def share(some):
        right = sum(len(one["correct"]) for one in some)
        seen = right + sum(len(one["incorrect"]) for one in some)
        return right / seen if seen else None
    parts = [one for one in sections if one["section"] != "Total accuracy"]
    syntactic = [one for one in parts if one["section"].startswith("gram")]
    semantic = [one for one in parts if not one["section"].startswith("gram")]
    return {"total": share(parts), "semantic": share(semantic), "syntactic": share(syntactic)}
"""
GENSIM_END = SCORES + """
scores = shares(model.wv.evaluate_word_analogies(questions, restrict_vocab=30000)[1]) if questions else {}
print(json.dumps({"words_per_second": kept * int(epochs) / seconds, "analogies": scores, "peak_memory_bytes": peak}))
"""
FASTTEXT_END = SCORES + """
scores = {}
if questions:
    import numpy
    from gensim.models import KeyedVectors
    words = [word for word in model.words if word != "</s>"]
    vectors = KeyedVectors(int(dim))
    vectors.add_vectors(words, numpy.stack([model.get_word_vector(word) for word in words]))
    scores = shares(vectors.evaluate_word_analogies(questions, restrict_vocab=30000)[1])
print(json.dumps({"words_per_second": speed * int(threads), "analogies": scores, "peak_memory_bytes": peak}))
"""


def lower_cased(source, folder):
    """The text as all read it, and a name for it."""
    target = pathlib.Path(folder) / "text.txt"
    digest = hashlib.sha256()
    with open(source, encoding="utf-8") as text, open(target, "w", encoding="utf-8") as out:
        for line in text:
            words = re.findall(r"[a-z']+", line.lower())
            if words:
                line = " ".join(words) + "\n"
                digest.update(line.encode())
                out.write(line)
    return target, digest.hexdigest()[:12]


def run(command):
    start = time.time()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no word of why"]
        print(f"left out: {command[0]}: {lines[-1]}", file=sys.stderr)
        return None
    return {**json.loads(done.stdout), "whole_seconds": time.time() - start}


def ours(arguments, text, mode, storage, case):
    command = [arguments.bench, "--input", text, "--split", "whitespace", "--architecture", case["architecture"],
               "--mode", mode, "--storage", storage, "--dim", case["dim"], "--threads", case["threads"], "--epochs", arguments.epochs,
               "--sample", arguments.sample, "--json", *arguments.more]
    if case["subwords"]:
        command += ["--min-n", 3, "--max-n", case["subwords"]]
    if arguments.questions:
        command += ["--questions", arguments.questions]
    result = run(command)
    if result is None:
        return None
    analogies = {name: result.get("analogies", {}).get(name, {}).get("accuracy_on_seen")
                 for name in ["total", "semantic", "syntactic"]}
    return {"words_per_second": result["words_per_second"], "peak_memory_bytes": result["peak_memory_bytes"],
            "analogies": analogies, "kernel": result["kernel"], "words": result["words"],
            "vocabulary": result["vocabulary"]}


def peer(arguments, text, name, case):
    if name == "gensim" and case["subwords"]:
        return None
    program = GENSIM + GENSIM_END if name == "gensim" else FASTTEXT + FASTTEXT_END
    command = [sys.executable, "-c", program, text, 1 if case["architecture"] == "skip-gram" else 0, case["dim"],
               case["threads"], arguments.epochs, arguments.sample, arguments.questions or ""]
    return run(command + ([case["subwords"]] if name == "fastText" else []))


def percent(share):
    return "" if share is None else f"{100 * share:.1f}"


def tables(measured, head):
    lines = [*head, ""]
    cases = []
    for one in measured:
        if one["case"] not in cases:
            cases.append(one["case"])
    for case in cases:
        here = [one for one in measured if one["case"] == case]
        several = [f"{case[name]} {name[:-1] if case[name] == 1 else name}" for name in ["threads", "epochs"]]
        title = ", ".join([case["architecture"], f"dim {case['dim']}", *several])
        if case["subwords"]:
            title += f", n-grams of 3 to {case['subwords']} letters"
        base_name = "fastText" if case["subwords"] else "gensim"
        best = {}
        for one in here:
            if one["what"] not in best or one["words_per_second"] > best[one["what"]]["words_per_second"]:
                best[one["what"]] = one
        base = best.get(base_name, {}).get("words_per_second")
        lines += [f"## {title}", "", f"| program | words/s | against {base_name} | analogies: all | semantic | syntactic "
                  "| peak memory, MiB |", "|---|---:|---:|---:|---:|---:|---:|"]
        for what, one in best.items():
            ratio = f"{one['words_per_second'] / base:.1f} ×" if base else ""
            scores = one["analogies"]
            lines.append(f"| {what} | {one['words_per_second'] / 1e6:.2f}M | {ratio} | {percent(scores.get('total'))} | "
                         f"{percent(scores.get('semantic'))} | {percent(scores.get('syntactic'))} | "
                         f"{one['peak_memory_bytes'] / 2**20:.0f} |")
        lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True)
    parser.add_argument("--questions")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sample", type=float, default=1e-4)
    parser.add_argument("--dims", default="100,300")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--modes", default="shared,shared/float16,exact,exact/float16,deterministic",
                        help="update modes, each in float32 or in the storage behind a /")
    parser.add_argument("--architectures", default="skip-gram,cbow")
    parser.add_argument("--subwords", type=int, default=0, help="longest n-gram; 0: whole words only")
    parser.add_argument("--peers", default="gensim,fastText")
    parser.add_argument("--bench", default=ROOT / "build/release/bin/zoo-bench-word2vec")
    parser.add_argument("--more", default="", type=str.split, help="further options for zoo bench word2vec")
    parser.add_argument("--output", help="NAME.md and NAME.json")
    arguments = parser.parse_args()
    store = pathlib.Path(arguments.output + ".json") if arguments.output else None
    known = json.loads(store.read_text()) if store and store.exists() else {"commands": [], "measured": []}
    measured, commands = known["measured"], known["commands"]
    command = "python3 benchmarks/word2vec/run.py " + shlex.join(sys.argv[1:])
    if command not in commands:
        commands.append(command)
    with tempfile.TemporaryDirectory() as folder:
        text, name = lower_cased(arguments.input, folder)
        for round_ in range(arguments.rounds):
            for architecture in arguments.architectures.split(","):
                for dim in map(int, arguments.dims.split(",")):
                    for threads in map(int, arguments.threads.split(",")):
                        case = {"text": name, "architecture": architecture, "dim": dim, "threads": threads,
                                "epochs": arguments.epochs, "sample": arguments.sample, "subwords": arguments.subwords}
                        programs = [*filter(None, arguments.peers.split(",")),
                                    *("langzoo " + mode.replace("/", " ") for mode in arguments.modes.split(",") if mode)]
                        for what in programs:
                            if any(one["case"] == case and one["what"] == what and one["round"] == round_
                                   for one in measured):
                                continue
                            _, mode, storage = f"{what} float32".split()[:3] if " " in what else (what, "", "")
                            result = (ours(arguments, text, mode, storage, case) if mode
                                      else peer(arguments, text, what, case))
                            if result is None:
                                continue
                            measured.append({"case": case, "what": what, "round": round_, **result})
                            print(f"{architecture} {dim} × {threads}: {what}: {result['words_per_second'] / 1e6:.2f}M "
                                  f"words/s, analogies {percent(result['analogies'].get('total'))}", flush=True)
                            if store:
                                store.write_text(json.dumps({"machine": machine(), "commands": commands,
                                                             "measured": measured}, indent=1) + "\n")
    head = ["# Word2Vec against gensim and fastText", "", *(f"    {line}" for line in commands), "",
            f"{machine()}. {pathlib.Path(arguments.input).name}, lower-cased; window 5, negative 5, sample "
            f"{arguments.sample:g}, min count 5; words/s: the best of each program's rounds; analogies in "
            "percent of the questions whose words are among the 30,000 most frequent."]
    page = tables(measured, head)
    if arguments.output:
        pathlib.Path(arguments.output + ".md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
