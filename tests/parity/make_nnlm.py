#!/usr/bin/env python3
"""Goldens of the NNLM from an independent implementation: equation 1 of Bengio et al. 2003 and its derivatives, written
out by hand in numpy with float64. `make_nnlm.py` writes tests/data/nnlm/*.safetensors, `make_nnlm.py --check` compares
them with what it would write and says how far they are apart. Needs numpy and safetensors."""
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "nnlm"
CASES = {  # name: (order n, embedding m, hidden h, direct connections)
    "both": (4, 6, 7, True),
    "hidden_only": (5, 4, 9, False),
    "direct_only": (3, 5, 0, True),
}
VOCABULARY, BATCH, IGNORED = 23, 11, -100


def forward_backward(p, context, target):
    """y = b + W x + U tanh(d + H x); the sum of -log softmax(y)[target] over the rows that count; its gradients."""
    C, b = p["embedding.weight"], p["output.bias"]
    h = p["hidden.weight"].shape[0] if "hidden.weight" in p else 0
    U, W = p["output.weight"][:, :h], p["output.weight"][:, h:]
    B = context.shape[0]
    x = C[context].reshape(B, -1)
    y = np.tile(b, (B, 1))
    if W.shape[1]:
        y = y + x @ W.T
    if h:
        a = np.tanh(p["hidden.bias"] + x @ p["hidden.weight"].T)
        y = y + a @ U.T
    shifted = y - y.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.flatnonzero(target != IGNORED)
    loss = -log_p[rows, target[rows]].sum()

    dy = np.zeros_like(y)
    dy[rows] = np.exp(log_p[rows])
    dy[rows, target[rows]] -= 1
    g = {"output.bias": dy.sum(axis=0)}
    dx = np.zeros_like(x)
    dU = np.zeros((VOCABULARY, 0))
    dW = np.zeros((VOCABULARY, 0))
    if W.shape[1]:
        dW = dy.T @ x
        dx += dy @ W
    if h:
        dU = dy.T @ a
        da = (dy @ U) * (1 - a * a)
        g["hidden.weight"] = da.T @ x
        g["hidden.bias"] = da.sum(axis=0)
        dx += da @ p["hidden.weight"]
    g["output.weight"] = np.concatenate([dU, dW], axis=1)
    dC = np.zeros_like(C)
    np.add.at(dC, context.reshape(-1), dx.reshape(-1, C.shape[1]))
    g["embedding.weight"] = dC
    return y, log_p, loss, g


def case(order, m, h, direct, seed):
    r = np.random.RandomState(seed)
    inputs = (order - 1) * m
    # Rounded to float32 first, so that both sides start from the same numbers.
    draw = lambda *shape: (0.5 * r.standard_normal(shape)).astype(np.float32)
    p = {"embedding.weight": draw(VOCABULARY, m)}
    if h:
        p["hidden.weight"], p["hidden.bias"] = draw(h, inputs), draw(h)
    p["output.weight"], p["output.bias"] = draw(VOCABULARY, h + (inputs if direct else 0)), draw(VOCABULARY)
    context = r.randint(0, VOCABULARY, (BATCH, order - 1))
    target = r.randint(0, VOCABULARY, BATCH)
    target[3] = IGNORED
    y, log_p, loss, g = forward_backward({k: v.astype(np.float64) for k, v in p.items()}, context, target)
    out = {f"parameter.{k}": v for k, v in p.items()}
    out.update({f"gradient.{k}": v for k, v in g.items()})
    out.update(context=context.astype(np.int64), target=target.astype(np.int64), logits=y, log_softmax=log_p,
               loss=np.array([loss]))
    return {k: np.ascontiguousarray(v) for k, v in out.items()}


MODERN = dict(order=4, m=6, h=7, layers=3, averages=(2, 3))


def modern_logits(p, context):
    """Averages, residual gelu layers behind layer norms, tied vectors behind a projection: forward only."""
    C, near = p["embedding.weight"], MODERN["order"] - 1
    end = context.shape[1] - near
    x = [C[context[:, end:]].reshape(len(context), -1)]
    for words in MODERN["averages"]:
        x.append(C[context[:, end - words:end]].mean(axis=1))
        end -= words
    erf = np.vectorize(math.erf)
    gelu = lambda u: u * 0.5 * (1 + erf(u / math.sqrt(2)))

    def norm(u, i):
        centred = u - u.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + 1e-5)
        return scaled * p[f"norms.{i}.weight"] + p[f"norms.{i}.bias"]

    units = gelu(np.concatenate(x, axis=1) @ p["hidden.weight"].T + p["hidden.bias"])
    for i in range(MODERN["layers"] - 1):
        units = units + gelu(norm(units, i) @ p[f"layers.{i}.weight"].T + p[f"layers.{i}.bias"])
    return norm(units, MODERN["layers"] - 1) @ p["projection.weight"].T @ C.T + p["output.bias"]


def modern_case(seed):
    """The gradient of every parameter comes from difference quotients: nothing is derived by hand."""
    r = np.random.RandomState(seed)
    m, h, near = MODERN["m"], MODERN["h"], MODERN["order"] - 1
    draw = lambda *shape: (0.5 * r.standard_normal(shape)).astype(np.float32)
    p = {"embedding.weight": draw(VOCABULARY, m),
         "hidden.weight": draw(h, (near + len(MODERN["averages"])) * m), "hidden.bias": draw(h)}
    for i in range(MODERN["layers"] - 1):
        p[f"layers.{i}.weight"], p[f"layers.{i}.bias"] = draw(h, h), draw(h)
    for i in range(MODERN["layers"]):
        p[f"norms.{i}.weight"], p[f"norms.{i}.bias"] = 1 + draw(h), draw(h)
    p["projection.weight"], p["output.bias"] = draw(m, h), draw(VOCABULARY)
    context = r.randint(0, VOCABULARY, (BATCH, near + sum(MODERN["averages"])))
    target = r.randint(0, VOCABULARY, BATCH)
    target[3] = IGNORED
    rows = np.flatnonzero(target != IGNORED)
    q = {k: v.astype(np.float64) for k, v in p.items()}

    def log_softmax():
        y = modern_logits(q, context)
        shifted = y - y.max(axis=1, keepdims=True)
        return y, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    loss_of = lambda: -log_softmax()[1][rows, target[rows]].sum()
    y, log_p = log_softmax()
    out = {f"parameter.{k}": v for k, v in p.items()}
    for name, value in q.items():
        gradient, flat = np.zeros(value.size), value.reshape(-1)
        for i in range(value.size):
            old, e = flat[i], 1e-5
            ends = []
            for step in (2 * e, e, -e, -2 * e):
                flat[i] = old + step
                ends.append(loss_of())
            flat[i] = old
            gradient[i] = (-ends[0] + 8 * ends[1] - 8 * ends[2] + ends[3]) / (12 * e)
        out[f"gradient.{name}"] = gradient.reshape(value.shape)
    out.update(context=context.astype(np.int64), target=target.astype(np.int64), logits=y, log_softmax=log_p,
               loss=np.array([loss_of()]))
    return {k: np.ascontiguousarray(v) for k, v in out.items()}


def difference_quotients(order, m, h, direct):
    """The hand-written gradient against finite differences: the largest error over a few numbers of each tensor."""
    out = case(order, m, h, direct, 5)
    p = {k[10:]: v.astype(np.float64) for k, v in out.items() if k.startswith("parameter.")}
    worst, r = 0.0, np.random.RandomState(1)
    for name, value in p.items():
        for _ in range(10):
            i = tuple(r.randint(0, s) for s in value.shape)
            old, e = value[i], 1e-5
            value[i] = old + e
            up = forward_backward(p, out["context"], out["target"])[2]
            value[i] = old - e
            down = forward_backward(p, out["context"], out["target"])[2]
            value[i] = old
            worst = max(worst, abs((up - down) / (2 * e) - out["gradient." + name][i]))
    return worst


def main():
    check = "--check" in sys.argv
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, (name, shape) in enumerate(CASES.items()):
        worst = difference_quotients(*shape)
        assert worst < 1e-7, f"{name}: gradient off by {worst} from difference quotients"
        kept(name, case(*shape, seed), f"order {shape[0]} embedding {shape[1]} hidden {shape[2]} direct {shape[3]}", check)
    kept("modern", modern_case(9), str(MODERN), check)


def kept(name, out, options, check):
    """Written, or compared with what is there."""
    file = FOLDER / f"{name}.safetensors"
    if not check:
        save_file(out, file, {"made_by": f"tests/parity/make_nnlm.py, numpy {np.__version__}", "options": options})
        return
    stored = load_file(file)
    assert stored.keys() == out.keys(), f"{file}: other tensors"
    # Difference quotients round differently from one numpy to the next.
    apart = {k: float(np.abs(stored[k] - out[k]).max()) for k in out}
    limit = lambda k: 1e-7 if name == "modern" and k.startswith("gradient.") else 1e-12
    assert all(value < limit(k) for k, value in apart.items()), f"{file}: {max(apart.values())} apart"
    print(f"{name}: the same to {max(apart.values()):.1e}")


if __name__ == "__main__":
    main()
