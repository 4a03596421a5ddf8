#!/usr/bin/env python3
"""Makes tests/data/evaluation/scores.json with sacrebleu: chrF, TER, BLEU by other tokenizers and the paired bootstrap
for sentences of our own.

    make_scores.py            writes the file
    make_scores.py --check    compares with the file; exit status 1 if it differs
"""
import json
import pathlib
import random
import sys

import numpy
import sacrebleu
from make_bleu import FRENCH, MIXED, random_pairs
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

FILE = pathlib.Path(__file__).resolve().parents[1] / "data" / "evaluation" / "scores.json"
METRICS = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
WIDE = [
    ("我们昨天去了北京，天气很好。", "昨天我们去了北京 ，天气很好。"),
    ("ｆｕｌｌ ｗｉｄｔｈ１２３ と かな、カナ。", "full width123 とかな、カナ。"),
    ("Preis: 3,50 € – „ganz“ gut… 5 № 7", "Preis 3,50€: „ganz“ gut… 5 №7"),
    ("x²+y³≥½ ٣٫٥ ৩,৪ a٠b", "x² + y³ ≥ ½ ٣٫٥ ৩ ,৪ a ٠ b"),
    ("right → left ← ☃ ⺀ ㈱ ﹏ 〇", "right→left ← ☃⺀ ㈱﹏〇"),
]


def shuffled_pairs():
    """Sentences whose phrases have changed places, words have been lost, doubled or replaced: what TER is about."""
    source = random.Random(9)
    pairs = []
    for length in list(range(1, 25)) + [40, 60, 90]:
        words = [f"w{source.randint(0, max(2, length // 2))}" for _ in range(length)]
        other = list(words)
        for _ in range(source.randint(0, 3)):
            begin = source.randint(0, len(other))
            phrase = other[begin:begin + source.randint(1, 12)]
            rest = other[:begin] + other[begin + len(phrase):]
            place = source.randint(0, len(rest))
            other = rest[:place] + phrase + rest[place:]
        other = [word for word in other if source.random() > 0.1] + ["End"] * source.randint(0, 2)
        pairs.append((" ".join(words), " ".join(other)))
    pairs.append(("a b", " ".join(["c"] * 70 + ["a", "b"])))
    pairs.append((" ".join(f"x{i}" for i in range(60)), "x59 x3"))
    return pairs


def case(kind, name, pairs, **settings):
    metric = METRICS[kind](**settings)
    hypotheses, references = [a for a, _ in pairs], [b for _, b in pairs]
    made = {
        "metric": kind,
        "name": name,
        "settings": settings,
        "hypotheses": hypotheses,
        "references": references,
        "score": metric.corpus_score(hypotheses, [references]).score,
        "sentence_scores": [metric._aggregate_and_compute(metric._extract_corpus_statistics([a], [[b]])).score
                            for a, b in pairs],
        "signature": metric.get_signature().format(),
    }
    if kind == "bleu":
        made["tokens"] = [metric._preprocess_segment(b) for b in references]
    return made


def bootstrap(kind, samples=40):
    """Two systems, and the draws that numpy makes of the sentences, so that the same tests can be made from them."""
    pairs = shuffled_pairs()
    source = random.Random(2)
    other = [" ".join(word for word in a.split() if source.random() > 0.15) for a, _ in pairs]
    hypotheses, references = [a for a, _ in pairs], [b for _, b in pairs]
    seed = 12345  # sacrebleu's own
    test = PairedTest([("one", hypotheses), ("two", other)], {kind: METRICS[kind](references=[references])}, None,
                      test_type="bs", n_samples=samples)
    _, scores = test()
    name = [key for key in scores if key != "System"][0]
    one, two = scores[name]
    draws = numpy.random.default_rng(seed).choice(len(pairs), size=(samples, len(pairs)), replace=True)
    return {"metric": kind, "hypotheses": hypotheses, "other": other, "references": references, "samples": samples,
            "draws": draws.ravel().tolist(), "score": one.score, "other_score": two.score, "mean": float(one.mean),
            "other_mean": float(two.mean), "half": float(one.ci), "other_half": float(two.ci),
            "p_value": float(two.p_value)}


def main():
    everything = FRENCH + MIXED + WIDE + random_pairs()[:40]
    golden = {
        "made_by": f"tests/parity/make_scores.py, sacrebleu {sacrebleu.__version__}, Python {sys.version.split()[0]}",
        "cases": [
            case("bleu", "intl", everything, tokenize="intl"),
            case("bleu", "zh", everything, tokenize="zh"),
            case("bleu", "char", WIDE, tokenize="char"),
            case("chrf", "chrF2", everything),
            case("chrf", "chrF2++", everything, word_order=2),
            case("chrf", "lower-cased", everything, lowercase=True),
            case("chrf", "over spaces", everything, whitespace=True),
            case("chrf", "smoothed", everything, eps_smoothing=True),
            case("chrf", "short", everything, char_order=2, word_order=1, beta=3),
            case("ter", "TER", everything),
            case("ter", "in its case", everything, case_sensitive=True),
            case("ter", "phrases in other places", shuffled_pairs()),
        ],
        "bootstrap": [bootstrap("bleu"), bootstrap("chrf"), bootstrap("ter")],
    }
    rows = {key: "[\n  " + ",\n  ".join(json.dumps(one) for one in golden[key]) + "\n ]" for key in ["cases", "bootstrap"]}
    text = "{" + ",\n ".join([f'"made_by": {json.dumps(golden["made_by"])}',
                              *(f'"{key}": {value}' for key, value in rows.items())]) + "}\n"
    if "--check" in sys.argv[1:]:
        kept = json.loads(FILE.read_text())
        kept["made_by"] = golden["made_by"]  # another version may make the same
        if kept != json.loads(text):
            sys.exit(f"{FILE}: differs from what this script makes with sacrebleu {sacrebleu.__version__}")
        print(f"{FILE.name}: the same")
    else:
        FILE.write_text(text)


if __name__ == "__main__":
    main()
