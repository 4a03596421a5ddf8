#!/usr/bin/env python3
"""Makes tests/data/evaluation/bleu.json with sacrebleu: corpus BLEU, its signature and its tokens for sentences of our
own.

    make_bleu.py            writes the file
    make_bleu.py --check    compares with the file; exit status 1 if it differs
"""
import json
import pathlib
import random
import sys

import sacrebleu
from sacrebleu.metrics import BLEU

FILE = pathlib.Path(__file__).resolve().parents[1] / "data" / "evaluation" / "bleu.json"

FRENCH = [
    ("Le meunier n'était pas là, mais son chien aboyait.", "Le meunier n'était pas chez lui, mais son chien aboyait."),
    ("L’été dernier, nous avons mangé des pêches à Orléans.", "L'été dernier, nous avons mangé des pêches à Orléans !"),
    ("Il a payé 3,50 € pour 1.250 grammes de café.", "Il paya 3,50 € pour 1 250 grammes de café."),
    ("« Où vas-tu ? » demanda-t-elle.", "« Où vas-tu ? » lui demanda-t-elle."),
    ("Ça, c'est l'œuvre de Noël ; garçon, naïf, Île-de-France.", "Ceci est l'œuvre de Noël ; garçon naïf d'Île-de-France."),
    ("", "Cette ligne n'a pas de traduction."),
    ("Une ligne sans référence.", ""),
    ("", ""),
]
MIXED = [
    ("The cat sat on the mat.", "The cat sat on the mat."),
    ("the cat Sat on mat", "The cat sat on the mat."),
    ("Rates fell 2.5%-3.0% in 2009-2010, e.g. at A&B; see (p. 12).", "Rates fell by 2.5%-3% in 2009-10, e.g., at A&B (see p. 12)."),
    ("It&apos;s &quot;fine&quot; &amp; &lt;b&gt; done <skipped> here", "It's \"fine\" & <b> done here"),
    ("a..b ... c,,d .,. 1.,2 -3 4- 5-6 x-y", "a .. b... c, d .,. 1,.2 -3 4 - 5 - 6 x-y"),
    ("我们昨天去了北京，天气很好。", "昨天我们去了北京，天气很好。"),
    ("我们 昨天 去了 北京 ， 天气 很好 。", "昨天 我们 去了 北京 ， 天气 很好 。"),
    ("Ёлка и подъезд №5 — ΟΔΥΣΣΕΥΣ Σ ΣΑΣ. İstanbul IŞIK", "ёлка и Подъезд №5 — Οδυσσευς σ σας. i̇stanbul ışık"),
    ("tab\there nbsp\u00a0there ideographic\u3000space thin\u2009space à", "tab here nbsp there ideographic space thin space à"),
    ("{x} [y] ~z~ `q` ^w_v\\u |t| @home #tag $5 *a* +b+ =c= a/b 'd' \"e\"", "{ x } [ y ] ~z~ `q` ^w_v \\u | t | @home # tag $5 *a* + b + = c = a / b 'd' \" e \""),
    ("trailing space  ", "  leading space"),
    ("one", "one two three four five six seven eight"),
]


def random_pairs():
    """Lines out of the characters above, where rules meet; the reference is the line with a few letters changed."""
    source = random.Random(4)
    letters = sorted(set("".join(a + b for a, b in FRENCH + MIXED)) - set("ΣİςŞ"))
    pairs = []
    for _ in range(120):
        line = [source.choice(letters + [" "] * 30 + list(".,-&0123")) for _ in range(source.randint(0, 60))]
        other = [source.choice(letters) if source.random() < 0.08 else letter for letter in line]
        pairs.append(("".join(line), "".join(other)))
    return pairs


def case(name, pairs, **settings):
    metric = BLEU(**settings)
    score = metric.corpus_score([a for a, _ in pairs], [[b for _, b in pairs]])
    return {
        "name": name,
        "settings": settings,
        "hypotheses": [a for a, _ in pairs],
        "references": [b for _, b in pairs],
        "score": score.score,
        "precisions": list(score.precisions),
        "brevity_penalty": score.bp,
        "hypothesis_words": score.sys_len,
        "reference_words": score.ref_len,
        "signature": metric.get_signature().format(),
        "tokens": [metric._preprocess_segment(b) for _, b in pairs],
    }


def main():
    everything = FRENCH + MIXED + random_pairs()
    golden = {
        "made_by": f"tests/parity/make_bleu.py, sacrebleu {sacrebleu.__version__}, Python {sys.version.split()[0]}",
        "cases": [
            case("french", FRENCH),
            case("french lower-cased", FRENCH, lowercase=True),
            case("mixed", MIXED),
            case("mixed lower-cased", MIXED, lowercase=True),
            case("everything", everything),
            case("everything lower-cased", everything, lowercase=True),
            case("without a tokenizer", everything, tokenize="none"),
            case("without smoothing", FRENCH[:2], smooth_method="none"),
            case("an order without a match", [("a b c x", "a b c d"), ("e f", "e g")]),
            case("nothing right", [("a b c", "d e f")]),
            case("too short for the longest order", [("a b", "a b")]),
            case("nothing at all", [("", "a b")]),
            case("no sentences with words", [("", "")]),
        ],
    }
    text = json.dumps(golden, ensure_ascii=True, indent=1) + "\n"
    if "--check" in sys.argv[1:]:
        kept = json.loads(FILE.read_text())
        kept["made_by"] = golden["made_by"]  # another version may make the same
        if kept != json.loads(text):
            sys.exit(f"{FILE}: differs from what this script makes with sacrebleu {sacrebleu.__version__}")
        print(f"{FILE.name}: the same")
    else:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text)


if __name__ == "__main__":
    main()
