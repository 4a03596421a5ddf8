"""Writes fixture.json: a report with made-up numbers, for the tests of the page. Nothing in it was measured."""
import json
import math
import pathlib


def curve(measure, start, end, tokens, minutes, count=40):
    points = []
    for i in range(1, count + 1):
        share = i / count
        points.append([round(tokens * share), round(minutes * share, 4), round(end + (start - end) * math.exp(-5 * share), 3)])
    return {"measure": measure, "points": points}


def row(model, title, step, **more):
    return {"model": model, "title": title, "step": step, **more}


def words(*names):
    return [[name, round(0.83 - 0.07 * i, 3)] for i, name in enumerate(names)]


VALID = "validation perplexity"
OWN = "training loss (nats a pair)"
models = {
    "ngram": row("ngram", "Kneser–Ney trigram", 0, perplexity=312.4, perplexity_deviation=0.0, cloze=0.1312, cloze_mrr=0.201,
                 cloze_left_only=True, parameters=1840321, minutes=0.06, tokens=984281, tokens_per_second=310000,
                 peak_memory_bytes=310000000, ended="all epochs done"),
    "nnlm": row("nnlm", "NNLM", 10, perplexity=287.9, perplexity_deviation=1.9, cloze=0.1405, cloze_deviation=0.002, cloze_mrr=0.214,
                cloze_left_only=True, wordsim353=0.214, simlex999=0.081, analogy=0.021, parameters=4120330, minutes=9.8,
                tokens=8200000, tokens_per_second=14100, peak_memory_bytes=720000000, ended="validation stopped improving",
                neighbours={"water": words("blood", "air", "food", "fire", "land"), "money": words("time", "help", "work", "life", "power"),
                            "was": words("is", "had", "were", "became", "seemed")},
                curves=[curve(VALID, 1400, 296, 8200000, 9.8)]),
    "cbow": row("word2vec", "Word2Vec CBOW", 20, cloze=0.172, cloze_deviation=0.003, cloze_mrr=0.26, wordsim353=0.402, wordsim353_deviation=0.011,
                simlex999=0.131, analogy=0.043, parameters=4900000, minutes=0.7, tokens=19685620, tokens_per_second=1200000,
                peak_memory_bytes=180000000, ended="all epochs done",
                neighbours={"water": words("sea", "ice", "river", "oil", "boat"), "money": words("pay", "cash", "sum", "tax", "fund"),
                            "was": words("had", "wasn't", "been", "were", "never")},
                curves=[curve(OWN, 3.9, 2.31, 19685620, 0.7)]),
    "skip-gram": row("word2vec", "Word2Vec skip-gram", 20, cloze=0.121, cloze_deviation=0.002, cloze_mrr=0.19, wordsim353=0.481,
                     wordsim353_deviation=0.009, simlex999=0.162, analogy=0.038, parameters=4900000, minutes=1.2, tokens=19685620,
                     tokens_per_second=500000, peak_memory_bytes=182000000, ended="all epochs done",
                     neighbours={"water": words("liquid", "river", "drinking", "ice", "sea"), "money": words("cash", "dollars", "pay", "tax", "loan"),
                                 "<b>&\"was\"</script>": words("had", "</script><script>alert(1)</script>", "“quoted”", "水", "é")},
                     curves=[curve(OWN, 3.4, 2.12, 19685620, 1.2)]),
}
report = {
    "format_version": 1,
    "note": "made up for tests: nothing here was measured",
    "settings": {"command": "zoo compare --minutes 14", "minutes": 14, "seeds": 3},
    "text": {"name": "a made-up text", "train_tokens": 984281, "valid_tokens": 54610, "test_tokens": 57211, "vocabulary": 24512,
             "tokenizer_type": "word", "unknown_share_of_test": 0.0412, "tokenizer": "0123456789abcdef" * 4},
    "machine": {"processor": "Imaginary CPU", "cores": 2, "memory": "16 GB"},
    "baselines": {"unigram": {"title": "Unigram", "perplexity": 702.5}},
    "models": models,
    "left_out": [{"what": "simlex999 <for skip-gram>", "why": "could not be had: no network & no npm"}],
}
pathlib.Path(__file__).with_name("fixture.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
