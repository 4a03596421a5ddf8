#!/usr/bin/env python3
"""Makes tests/data/tokenizers/word.json: what the rules of tokenizers/word_splitter.h give, written a second time in
plain Python (its own Unicode tables, no code shared).

    make_word_tokenizer.py            writes the file
    make_word_tokenizer.py --check    compares with the file; exit status 1 if it differs
"""
import json
import pathlib
import random
import sys
import unicodedata

FILE = pathlib.Path(__file__).resolve().parents[1] / "data" / "tokenizers" / "word.json"
SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]

LINES = [
    "The mill by the river stood still; its wheel hadn't turned since 1987.",
    "\"Don't you know?\" she asked -- twice -- and got no answer...",
    "Prices rose 3.5%, from $1,250.00 to $1,293.75 (roughly), by 12:30 p.m.",
    "rock'n'roll, 'tis, dogs' bowls, O'Brien's l’herbe d’été; 90's '90s 5'6",
    "e-mail me: some_one@example.org or see /usr/share/x86_64 #tag ~~ == ++ !!??",
    "Wo ist das Straßenschild? Überall, ÄÖÜ äöü — „Zitat“ »so« «là»",
    "Cafe\u0301 nai\u0308ve A\u030angstro\u0308m \u212b \u1e9b\u0323 q\u0307\u0323",
    "我们昨天去了北京，天气很好！买了3个苹果和2.5升水。",
    "カタカナ、ひらがな、漢字とABCのテスト。ｶﾞﾊﾞ が（か\u3099）",
    "한국어는 띄어쓰기가 있다. ㄱㄴㄷ \u1100\u1161\u11a8",
    "Привет, мир! Ёлка и подъезд №5; ΣΊΣΥΦΟΣ ΟΔΥΣΣΕΎΣ",
    "שָׁלוֹם עולם — مرحبا بالعالم، كِتَابٌ ١٢٣ می\u200cخواهم",
    "नमस्ते दुनिया क्\u200dष ประเทศไทย ខ្មែរ",
    "😀😀 👍🏽 👩\u200d👩\u200d👧\u200d👦 🇫🇷🇩🇪🇯 ❤\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 🏴\U000e0067\U000e007f \u200d😀 ☺a\u200db",
    "soft\u00adhyphen zero\u200bwidth no\u00a0break\u2009thin\u3000wide \u202ebidi\u202c \ufeffmark",
    "½ ² ₂ Ⅷ ㊗ ㎏ ﬁne ＡＢＣ １２３ ㋀ 〇々〆 \u2e80 \uf900 \U00020000x",
    "İstanbul IŞIK ı ŞŞ ǅ ǆ ﬀ ẞ",
    "a..b a--b a``b'' . .. ... , ,, ,,, : 1:2 1:x x:1 1.2.3 .5 5. 1,2,x 1.a é.1 1.é ２.３",
    "<s> <unk> </s> <mask> <pad>",
    "\tmany   spaces \u0001\u0002 control\u007fchars\u0085next ",
]


def random_lines():
    """Mixtures of all the characters above, where rules meet."""
    characters = sorted(set("".join(LINES)))
    source = random.Random(20)
    return ["".join(source.choice(characters) for _ in range(source.randint(1, 24))) for _ in range(150)]


CJK = [(0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA),
       (0x30FC, 0x30FF), (0x3105, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
       (0xF900, 0xFAFF), (0xFF66, 0xFF9D), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF)]
JOINERS = "\u200c\u200d\u00ad"


def kind(c):
    category = unicodedata.category(c)
    if c in JOINERS:
        return "joiner"
    if any(low <= ord(c) <= high for low, high in CJK):
        return "cjk"
    if category[0] in "LN":
        return "word"
    if category[0] == "M":
        return "mark"
    if category[0] == "Z" or category in ("Cc", "Cf"):
        return "space"
    return "symbol"


def lower(text):
    # One character for each: the simple mapping, where Python's lower() gives the full one.
    return "".join(c.lower()[0] for c in text)


def normal(line, lowercase):
    line = unicodedata.normalize("NFC", line)
    return unicodedata.normalize("NFC", lower(line)) if lowercase else line


def is_digit(c):
    return "0" <= c <= "9"


def is_letter(c):
    return unicodedata.category(c)[0] == "L" and kind(c) == "word"


def run_end(t, i):
    """Rule 3: behind the run that has been read up to i."""
    while i < len(t):
        more = t[i + 1] if i + 1 < len(t) else " "
        if kind(t[i]) in ("word", "mark", "joiner"):
            i += 1
        elif t[i] in "'\u2019" and not is_digit(t[i - 1]) and is_letter(more):
            i += 1
        elif t[i] in ".,:" and is_digit(t[i - 1]) and is_digit(more):
            i += 1
        else:
            break
    return i


def modifiers_end(t, i):
    """Rule 4: behind what modifies the character before i."""
    while i < len(t):
        if kind(t[i]) == "mark" or "\U0001F3FB" <= t[i] <= "\U0001F3FF":
            i += 1
        elif t[i] == "\u200d" and i + 1 < len(t) and kind(t[i + 1]) == "symbol":
            i += 2
        else:
            break
    return i


def is_flag(c):
    return "\U0001F1E6" <= c <= "\U0001F1FF"


def split_punctuation(t):
    words, i = [], 0
    while i < len(t):
        start, k = i, kind(t[i])
        i += 1
        if k in ("space", "joiner"):
            continue
        if k in ("word", "mark"):
            i = run_end(t, i)
        else:
            if t[start] in ".-`'":
                while i < len(t) and t[i] == t[start]:
                    i += 1
            elif is_flag(t[start]) and i < len(t) and is_flag(t[i]):
                i += 1
            i = modifiers_end(t, i)
        words.append(t[start:i])
    return words


def split_whitespace(t):
    separators = {c for c in t if unicodedata.category(c)[0] == "Z" or unicodedata.category(c) == "Cc"}
    return "".join("\n" if c in separators else c for c in t).split("\n")


def case(lines, split, lowercase, min_count, size):
    cut = {"punctuation": split_punctuation, "whitespace": split_whitespace}[split]
    tokenised = [[w for w in cut(normal(line, lowercase)) if w] for line in lines]
    counts = {}
    for words in tokenised:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    known = [w for w in counts if counts[w] >= min_count and w not in SPECIAL]
    known.sort(key=lambda w: (-counts[w], w.encode("utf-8")))
    if size:
        known = known[:size - len(SPECIAL)]
    ids = {w: i + len(SPECIAL) for i, w in enumerate(known)}
    return {
        "options": {"split": split, "lowercase": lowercase, "min_count": min_count, "vocabulary_size": size},
        "vocabulary": [[w, counts[w]] for w in known],
        "unknown": sum(counts[w] for w in counts if w not in ids),
        "normalised": [" ".join(words) for words in tokenised],
        "ids": [[ids.get(w, 1) for w in words] for words in tokenised],
    }


def main():
    lines = LINES + random_lines()
    golden = {
        "made_by": f"tests/parity/make_word_tokenizer.py, Python {sys.version.split()[0]}, "
                   f"Unicode {unicodedata.unidata_version}",
        "lines": lines,
        "cases": [
            case(lines, "punctuation", False, 1, 0),
            case(lines, "punctuation", True, 2, 0),
            case(lines, "whitespace", False, 1, 0),
            case(lines, "whitespace", True, 1, 60),
            case(lines, "punctuation", False, 1, 100),
        ],
    }
    text = json.dumps(golden, ensure_ascii=True, indent=0, separators=(",", ":")) + "\n"
    text = text.replace(",\n", ",").replace("[\n", "[").replace("\n]", "]").replace("],[", "],\n[")
    if "--check" in sys.argv[1:]:
        kept = json.loads(FILE.read_text())
        kept["made_by"] = golden["made_by"]  # another version may make the same
        if kept != golden:
            sys.exit(f"{FILE}: differs from what this script makes with Unicode {unicodedata.unidata_version}")
        print(f"{FILE.name}: the same")
    else:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text)


if __name__ == "__main__":
    main()
