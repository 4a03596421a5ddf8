"""What make_word2vec.py draws from and looks up: xoshiro256**, noise, Huffman paths, fastText's n-grams."""

import heapq

MASK = (1 << 64) - 1
SPECIAL = 5


class Random:
    """xoshiro256** (Blackman & Vigna 2018), seeded through splitmix64 from a seed and a stream."""

    def __init__(self, seed, stream):
        mixed = seed ^ self.splitmix(stream)[1]
        self.s = []
        for _ in range(4):
            mixed, word = self.splitmix(mixed)
            self.s.append(word)

    @staticmethod
    def splitmix(state):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return state, z ^ (z >> 31)

    @staticmethod
    def rotl(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    def bits(self):
        s = self.s
        result = (self.rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.rotl(s[3], 45)
        return result

    def below(self, bound):
        return (self.bits() * bound) >> 64

    def uniform(self):
        return (self.bits() >> 11) * 2.0**-53


class Alias:
    """Noise P(w) ∝ count^exponent: columns in the order of ids, small and large ones taken from the ends of lists."""

    def __init__(self, counts, exponent):
        self.words = [w for w in range(SPECIAL, len(counts)) if counts[w] > 0]
        weight = [counts[w] ** exponent for w in self.words]
        total = sum(weight)
        n = len(self.words)
        share = [w / total * n for w in weight]
        self.limit, self.other = [MASK >> 32] * n, list(self.words)
        small = [i for i in range(n) if share[i] < 1]
        large = [i for i in range(n) if not share[i] < 1]
        while small and large:
            low, high = small.pop(), large[-1]
            self.limit[low], self.other[low] = int(share[low] * 2**32), self.words[high]
            share[high] -= 1 - share[low]
            if share[high] < 1:
                small.append(large.pop())

    def draw(self, random):
        bits = random.bits()
        column = ((bits >> 32) * len(self.words)) >> 32
        return self.words[column] if (bits & 0xFFFFFFFF) < self.limit[column] else self.other[column]


def huffman(counts):
    """Paths [(inner node, bit)] from the root, by a heap. Of equal counts an inner node goes first, in the order of
    making; among words the higher id."""
    heap = [(counts[w], 1, -w, w, None) for w in range(SPECIAL, len(counts)) if counts[w] > 0]
    heapq.heapify(heap)
    made = 0
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], 0, made, made, (a, b)))
        made += 1
    paths = {}
    stack = [(heap[0], [])]
    while stack:
        (_, _, _, name, children), path = stack.pop()
        if children is None:
            paths[name] = path
        else:
            for bit in (0, 1):
                stack.append((children[bit], path + [(name, bit)]))
    return paths


def spelled(word):
    """How a word is written: letters from its number, so that many words share n-grams; some beyond ASCII."""
    if word < SPECIAL:
        return ["<pad>", "<unk>", "<s>", "</s>", "<mask>"][word]
    letters, n = "", word
    while n:
        letters, n = letters + "aeinrst"[n % 7], n // 7
    return letters + ("é" if word % 11 == 0 else "")


def buckets_of(word, shortest, longest, buckets):
    """fastText's n-grams of a word between < and >, hashed by FNV-1a over bytes taken as signed."""
    marked, result = "<" + word + ">", []
    for start in range(len(marked)):
        for length in range(shortest, longest + 1):
            ngram = marked[start:start + length]
            if len(ngram) < length or ngram in "<>":
                continue
            value = 2166136261
            for byte in ngram.encode("utf-8"):
                value = ((value ^ (byte if byte < 128 else byte - 256 & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
            result.append(value % buckets)
    return result
