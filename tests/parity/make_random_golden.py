"""Makes tests/data/base/random.json: xoshiro256** seeded through splitmix64, written anew from their papers in Python.

python tests/parity/make_random_golden.py [--check]     --check compares with what is there instead of writing it.
"""
import json
import pathlib
import sys

MASK = (1 << 64) - 1
path = pathlib.Path(__file__).parent.parent / "data/base/random.json"


def splitmix(seed):
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        yield z ^ z >> 31


def rotate(x, k):
    return (x << k | x >> 64 - k) & MASK


def xoshiro(s):
    while True:
        yield rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)


def case(seed, stream):
    words = splitmix(seed ^ next(splitmix(stream)))
    numbers = xoshiro([next(words) for _ in range(4)])
    return {"seed": str(seed), "stream": str(stream), "bits": [str(next(numbers)) for _ in range(5)]}


golden = {"made_by": "tests/parity/make_random_golden.py",
          "cases": [case(0, 0), case(1, 0), case(1, 1), case(MASK, 12345)]}
if "--check" in sys.argv[1:]:
    if json.loads(path.read_text()) != golden:
        sys.exit(f"{path}: differs from what this script makes")
    print(f"{path.name}: the same")
else:
    path.write_text(json.dumps(golden, indent=1) + "\n")
