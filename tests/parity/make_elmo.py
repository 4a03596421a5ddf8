#!/usr/bin/env python3
"""Goldens of ELMo from an independent implementation: the equations of Peters et al. 2018 and of the public models, word
by word and row by row in numpy with float64. `make_elmo.py` writes tests/data/elmo/*.safetensors, `make_elmo.py --check`
compares them with what it would write. Where h5py and the public fixture are there (--fixture DIR), this implementation
is first held to the fixture's stored vectors. Needs numpy and safetensors."""
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "elmo"
PIECES = ["<pad>", "<unk>", "<s>", "</s>", "<mask>", "a", "the", "na\u00efve", "plays", "extraordinarily", "\u6f22\u5b57", "."]
CASES = {
    "skip_relu": dict(max_characters=10, character_dim=3, filter_widths=[1, 3], filter_counts=[4, 5], activation="relu",
                      highways=2, projection=4, cell=6, layers=2, skip=True, cell_clip=0.7, projection_clip=0.5),
    "plain_tanh": dict(max_characters=12, character_dim=2, filter_widths=[2], filter_counts=[5], activation="tanh",
                       highways=0, projection=3, cell=5, layers=3, skip=False, cell_clip=0, projection_clip=0),
}
PAD, UNKNOWN, BEGIN, END = 0, 1, 2, 3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_softmax(y):
    y = y - y.max()
    return y - np.log(np.exp(y).sum())


class Elmo:
    def __init__(self, options, parameters):
        self.o, self.p = options, parameters

    def character_ids(self, word):
        """Begin 258, bytes, end 259, padding 260; 256 and 257 are the marks of a sentence; one more for all of them."""
        room = self.o["max_characters"] - 2
        inside = {BEGIN: [256], END: [257]}.get(word) if isinstance(word, int) else list(word.encode()[:room])
        ids = [258] + inside + [259]
        return [1 + i for i in ids + [260] * (self.o["max_characters"] - len(ids))]

    def own_vector(self, word):
        """word: a text, or BEGIN or END; None: no character at all."""
        p, name = self.p, "token.characters."
        ids = [0] * self.o["max_characters"] if word is None else self.character_ids(word)
        e = p[name + "embedding.weight"][ids]  # [K, d]
        units = []
        for i, width in enumerate(self.o["filter_widths"]):
            W, b = p[f"{name}filters.{i}.weight"], p[f"{name}filters.{i}.bias"]
            places = [np.einsum("ndw,wd->n", W, e[t : t + width]) + b for t in range(len(ids) - width + 1)]
            units.append(np.max(places, axis=0))
        y = np.concatenate(units)
        y = np.maximum(y, 0) if self.o["activation"] == "relu" else np.tanh(y)
        for k in range(self.o["highways"]):
            layer = f"{name}highways.{k}."
            g = sigmoid(p[layer + "gate.weight"] @ y + p[layer + "gate.bias"])
            y = g * np.maximum(p[layer + "transform.weight"] @ y + p[layer + "transform.bias"], 0) + (1 - g) * y
        return p[name + "projection.weight"] @ y + p[name + "projection.bias"]

    def zero_state(self):
        return [(np.zeros(self.o["projection"]), np.zeros(self.o["cell"])) for _ in range(self.o["layers"])]

    def run(self, direction, xs, state):
        """One row in reading order. Gives the outputs of each layer, [layers][T, P], and the last state."""
        clip = lambda x, limit: np.clip(x, -limit, limit) if limit > 0 else x
        layers, state, inputs = [], list(state), list(xs)
        for l in range(self.o["layers"]):
            name = f"{direction}.{l}."
            h, c = state[l]
            outputs = []
            for x in inputs:
                i, j, f, o = np.split(self.p[name + "weight"] @ np.concatenate([x, h]) + self.p[name + "bias"], 4)
                c = clip(sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j), self.o["cell_clip"])
                h = clip(self.p[name + "projection"] @ (sigmoid(o) * np.tanh(c)), self.o["projection_clip"])
                outputs.append(h + x if self.o["skip"] and l > 0 else h)
            state[l] = (h, c)
            layers.append(outputs)
            inputs = outputs
        return layers, state

    def context(self, words, states):
        """words between their marks, [L + 1, T, 2P]; states: those of (forward, backward)."""
        xs = [self.own_vector(w) for w in [BEGIN] + words + [END]]
        forward, forward_state = self.run("forward", xs, states[0])
        backward, backward_state = self.run("backward", xs[::-1], states[1])
        layers = [[np.concatenate([x, x]) for x in xs]]
        layers += [[np.concatenate(pair) for pair in zip(f, b[::-1])] for f, b in zip(forward, backward)]
        return np.array(layers)[:, 1:-1], (forward_state, backward_state)

    def log_p(self, output):
        return log_softmax(self.p["softmax.weight"] @ output + self.p["softmax.bias"])

    def word(self, token, direction):
        """The text's line ends are a sentence's begin for the forward model and its end for the backward one."""
        if token in (BEGIN, END):
            return BEGIN if token == BEGIN or direction == "forward" else END
        return None if token == PAD else PIECES[token]

    def loss(self, direction, inputs, targets, state):
        xs = [self.own_vector(self.word(t, direction)) for t in inputs]
        layers, state = self.run(direction, xs, state)
        return -sum(self.log_p(h)[t] for h, t in zip(layers[-1], targets)), state

    def next(self, direction, tokens):
        layers, _ = self.run(direction, [self.own_vector(self.word(t, direction)) for t in tokens], self.zero_state())
        return self.log_p(layers[-1][-1])

    def cloze(self, left, right):
        def sentence(tokens, mark):
            there = [t for t in tokens if t != PAD]
            return there if len(there) == len(tokens) else [mark] + there

        return (self.next("forward", sentence(left, BEGIN)) + self.next("backward", sentence(right[::-1], END))
                - self.p["log_unigram"])


def draw_parameters(o, r):
    draw = lambda *shape: (0.7 * r.standard_normal(shape)).astype(np.float32)
    n, d, P, H, V = sum(o["filter_counts"]), o["character_dim"], o["projection"], o["cell"], len(PIECES)
    p, name = {}, "token.characters."
    p[name + "embedding.weight"] = draw(262, d)
    p[name + "embedding.weight"][0] = 0
    for i, (width, count) in enumerate(zip(o["filter_widths"], o["filter_counts"])):
        p[f"{name}filters.{i}.weight"], p[f"{name}filters.{i}.bias"] = draw(count, d, width), draw(count)
    for k in range(o["highways"]):
        for part in ("transform", "gate"):
            p[f"{name}highways.{k}.{part}.weight"], p[f"{name}highways.{k}.{part}.bias"] = draw(n, n), draw(n)
    p[name + "projection.weight"], p[name + "projection.bias"] = draw(P, n), draw(P)
    for direction in ("forward", "backward"):
        for l in range(o["layers"]):
            p[f"{direction}.{l}.weight"], p[f"{direction}.{l}.bias"] = draw(4 * H, 2 * P), draw(4 * H)
            p[f"{direction}.{l}.projection"] = draw(P, H)
    p["softmax.weight"], p["softmax.bias"], p["log_unigram"] = draw(V, P), draw(V), draw(V)
    return p


def case(options, seed):
    r = np.random.RandomState(seed)
    rounded = draw_parameters(options, r)  # float32 first, so that both sides start from the same numbers
    p = {k: v.astype(np.float64) for k, v in rounded.items()}
    elmo, V = Elmo(options, p), len(PIECES)
    spelled = lambda t: PIECES[t]
    out = {f"parameter.{k}": v for k, v in rounded.items()}
    out["word_vectors"] = np.array(
        [elmo.own_vector(None if t == PAD else t if t in (BEGIN, END) else spelled(t)) for t in range(V)])

    # Sentences: two batches of three rows, the state of each row carried on.
    states = [(elmo.zero_state(), elmo.zero_state()) for _ in range(3)]
    for batch, lengths in enumerate([[4, 0, 2], [1, 5, 3]]):
        words = np.zeros((3, max(lengths)), np.int64)
        vectors = np.zeros((options["layers"] + 1, 3, max(lengths), 2 * options["projection"]))
        for row, length in enumerate(lengths):
            words[row, :length] = r.choice([1, *range(5, V)], length)
            row_vectors, states[row] = elmo.context([spelled(t) for t in words[row, :length]], states[row])
            vectors[:, row, :length] = row_vectors
        out[f"sentences.{batch}.words"], out[f"sentences.{batch}.lengths"] = words, np.array(lengths)
        out[f"sentences.{batch}.vectors"] = vectors

    # Streams of both directions: two batches of two slots.
    streams = {d: r.choice([1, 3, *range(5, V)], (2, 8)) for d in ("forward", "backward")}
    states = {d: [elmo.zero_state() for _ in range(2)] for d in streams}
    for batch, (first, steps) in enumerate([(0, 4), (4, 3)]):
        total = 0
        for d, tokens in streams.items():
            prefix = "" if d == "forward" else "other_"
            out[f"stream.{batch}.{prefix}input"] = tokens[:, first : first + steps]
            out[f"stream.{batch}.{prefix}target"] = tokens[:, first + 1 : first + 1 + steps]
            for row in range(2):
                loss, states[d][row] = elmo.loss(d, tokens[row, first : first + steps],
                                                 tokens[row, first + 1 : first + 1 + steps], states[d][row])
                total += loss / 2
        out[f"stream.{batch}.loss"] = np.array([total])

    # The slope of the first batch's loss along a direction of each parameter, as a difference quotient.
    def first_loss():
        return sum(elmo.loss(d, t[row, :4], t[row, 1:5], elmo.zero_state())[0] / 2 for d, t in streams.items()
                   for row in range(2))

    for k in [k for k in p if k != "log_unigram"]:
        direction = r.standard_normal(p[k].shape).astype(np.float32)
        if k.endswith("embedding.weight"):
            direction[0] = 0
        old, e = p[k], 1e-6
        p[k] = old + e * direction
        up = first_loss()
        p[k] = old - e * direction
        down = first_loss()
        p[k] = old
        out[f"direction.{k}"], out[f"slope.{k}"] = direction, np.array([(up - down) / (2 * e)])

    left = np.array([[5, 6, 3, 7], [0, 0, 8, 9], [0, 0, 0, 0]])
    right = np.array([[9, 3, 5, 6], [10, 7, 0, 0], [0, 0, 0, 0]])
    out["cloze.left"], out["cloze.right"] = left, right
    out["cloze.scores"] = np.array([elmo.cloze(list(l), list(q)) for l, q in zip(left, right)])
    context = np.array([[3, 5, 6], [7, 3, 8]])
    out["next.context"] = context
    out["next.log_p"] = np.array([elmo.next("forward", list(row)) for row in context])
    return {k: np.ascontiguousarray(v.astype(np.int64) if v.dtype.kind == "i" else v) for k, v in out.items()}


def check_fixture(folder):
    """This implementation against the public model's stored top layer; gives the largest difference."""
    import h5py

    folder = pathlib.Path(folder)
    given = json.loads((folder / "options.json").read_text())
    lstm, cnn = given["lstm"], given["char_cnn"]
    o = dict(max_characters=cnn["max_characters_per_token"], filter_widths=[w for w, _ in cnn["filters"]],
             activation=cnn["activation"], highways=cnn["n_highway"], projection=lstm["projection_dim"], cell=lstm["dim"],
             layers=lstm["n_layers"], skip=lstm["use_skip_connections"], cell_clip=lstm["cell_clip"],
             projection_clip=lstm["proj_clip"])
    p, name = {}, "token.characters."
    with h5py.File(folder / "lm_weights.hdf5") as f:
        table = f["char_embed"][...]
        p[name + "embedding.weight"] = np.concatenate([np.zeros((1, table.shape[1])), table])
        for i in range(len(o["filter_widths"])):
            p[f"{name}filters.{i}.weight"] = f[f"CNN/W_cnn_{i}"][0].transpose(2, 1, 0)
            p[f"{name}filters.{i}.bias"] = f[f"CNN/b_cnn_{i}"][...]
        for k in range(o["highways"]):
            for theirs, ours in (("transform", "transform"), ("carry", "gate")):
                p[f"{name}highways.{k}.{ours}.weight"] = f[f"CNN_high_{k}/W_{theirs}"][...].T
                p[f"{name}highways.{k}.{ours}.bias"] = f[f"CNN_high_{k}/b_{theirs}"][...]
        p[name + "projection.weight"], p[name + "projection.bias"] = f["CNN_proj/W_proj"][...].T, f["CNN_proj/b_proj"][...]
        for number, direction in enumerate(("forward", "backward")):
            for l in range(o["layers"]):
                cell = f[f"RNN_{number}/RNN/MultiRNNCell/Cell{l}/LSTMCell"]
                p[f"{direction}.{l}.weight"], p[f"{direction}.{l}.bias"] = cell["W_0"][...].T, cell["B"][...]
                p[f"{direction}.{l}.projection"] = cell["W_P_0"][...].T
    elmo, worst = Elmo(o, {k: v.astype(np.float64) for k, v in p.items()}), 0.0
    for k, sentences in enumerate(json.loads((folder / "sentences.json").read_text())):
        state = (elmo.zero_state(), elmo.zero_state())
        with h5py.File(folder / f"lm_embeddings_{k}.hdf5") as f:
            for i, sentence in enumerate(sentences):
                vectors, state = elmo.context(sentence.split(), state)
                wanted = np.concatenate(list(f[str(i)][...]), axis=1)
                worst = max(worst, np.abs(vectors[-1] - wanted).max())
    return worst


def main():
    if "--fixture" in sys.argv:
        worst = check_fixture(sys.argv[sys.argv.index("--fixture") + 1])
        assert worst < 2e-6, f"the public model's stored vectors are {worst} away"
        print(f"the public model's stored vectors: within {worst:.1e}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, (name, options) in enumerate(CASES.items()):
        out, file = case(options, seed), FOLDER / f"{name}.safetensors"
        if "--check" not in sys.argv:
            save_file(out, file, {"made_by": f"tests/parity/make_elmo.py, numpy {np.__version__}",
                                  "options": json.dumps(options), "pieces": json.dumps(PIECES)})
            continue
        stored = load_file(file)
        assert stored.keys() == out.keys(), f"{file}: other tensors"
        apart = max(float(np.abs(stored[k] - out[k]).max(initial=0)) for k in out if not k.startswith("slope."))
        slopes = max(float(np.abs(stored[k] - out[k]).max()) for k in out if k.startswith("slope."))
        assert apart < 1e-12 and slopes < 1e-6, f"{file}: {apart} apart, slopes {slopes}"
        print(f"{name}: the same to {apart:.1e}, slopes to {slopes:.1e}")


if __name__ == "__main__":
    main()
