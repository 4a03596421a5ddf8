#!/usr/bin/env python3
"""Goldens of the output layers in double precision: adaptive from PyTorch's AdaptiveLogSoftmaxWithLoss, the tree, NCE
and sampled softmax from their formulas, written out word by word, with PyTorch's automatic gradient. Writes
tests/data/output_layers/*.safetensors; `--check` compares them with what it would write. Needs torch and safetensors."""
import heapq
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "output_layers"
VOCABULARY, WIDTH, ROWS, DRAWS = 29, 12, 13, 17
CUTOFFS, SHRINK = [7, 16], 2.0
torch.set_default_dtype(torch.float64)


def drawn(generator, *shape):
    """Rounded to float32 first, so that both sides start from the same numbers."""
    return (0.7 * torch.randn(shape, generator=generator)).float().double()


def basics(seed):
    g = torch.Generator().manual_seed(seed)
    counts = torch.randperm(10_000, generator=g)[:VOCABULARY] + 1
    counts[5] = 0
    features = drawn(g, ROWS, WIDTH).requires_grad_()
    target = torch.randint(0, VOCABULARY, (ROWS,), generator=g)
    return g, counts, features, target


def finished(out, loss, features, parameters):
    loss.backward()
    out.update({"loss": loss.detach().reshape(1), "features": features.detach(), "gradient.features": features.grad})
    for name, value in parameters.items():
        out["parameter." + name] = value.detach().float()
        out["gradient." + name] = value.grad
    return {name: value.contiguous() for name, value in out.items()}


def adaptive():
    g, counts, features, target = basics(1)
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(WIDTH, VOCABULARY, CUTOFFS, div_value=SHRINK, head_bias=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(drawn(g, *parameter.shape))
    order = sorted(range(VOCABULARY), key=lambda word: (-counts[word].item(), word))
    rank = torch.tensor([order.index(word) for word in range(VOCABULARY)])
    loss = -layer(features, rank[target]).output.sum()
    log_softmax = layer.log_prob(features)[:, rank].detach()
    return finished({"counts": counts, "target": target, "log_softmax": log_softmax}, loss, features,
                    dict(layer.named_parameters()))


def tree(counts):
    """For each word [(inner node, bit)], the root first. The lighter child is bit 0; nodes are numbered as made."""
    heap = [(max(1, count), -1 - word, [(word, [])]) for word, count in enumerate(counts.tolist())]
    assert len({weight for weight, _, _ in heap}) == len(heap)
    heapq.heapify(heap)
    for node in range(len(heap) - 1):
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        assert a != b and (not heap or a + b not in [weight for weight, _, _ in heap]), "a tie: take another seed"
        under = [(w, [(node, bit)] + path) for bit, words in enumerate((left, right)) for w, path in words]
        heapq.heappush(heap, (a + b, node, under))
    return dict(heap[0][2])


def hierarchical():
    g, counts, features, target = basics(2)
    weight, bias = drawn(g, VOCABULARY - 1, WIDTH).requires_grad_(), drawn(g, VOCABULARY - 1).requires_grad_()
    paths = tree(counts)
    columns = []
    for word in range(VOCABULARY):
        p = torch.ones(ROWS)
        for node, bit in paths[word]:
            right = 1 / (1 + torch.exp(features @ weight[node] + bias[node]))
            p = p * (right if bit else 1 - right)
        columns.append(p.log())
    log_softmax = torch.stack(columns, 1)
    loss = -log_softmax[torch.arange(ROWS), target].sum()
    return finished({"counts": counts, "target": target, "log_softmax": log_softmax.detach()}, loss, features,
                    {"weight": weight, "bias": bias})


def sampler(name, counts):
    if name == "unigram":
        return (counts + 0.5) / (counts + 0.5).sum()
    order = sorted(range(VOCABULARY), key=lambda word: (-counts[word].item(), word))
    q = torch.empty(VOCABULARY)
    for r, word in enumerate(order):
        q[word] = (math.log(r + 2) - math.log(r + 1)) / math.log(VOCABULARY + 1)
    return q


def against_samples(kind, distribution, seed):
    g, counts, features, target = basics(seed)
    weight, bias = drawn(g, VOCABULARY, WIDTH).requires_grad_(), drawn(g, VOCABULARY).requires_grad_()
    q = sampler(distribution, counts)
    draws = torch.multinomial(q, DRAWS, replacement=True, generator=g)
    draws[0] = target[0]  # a target among the samples
    loss = torch.zeros(())
    for i in range(ROWS):
        score = lambda word: features[i] @ weight[word] + bias[word]
        own = target[i].item()
        if kind == "nce":
            odds = lambda word: torch.exp(score(word)) / (DRAWS * q[word])
            loss = loss - torch.log(odds(own) / (1 + odds(own)))
            for word in draws.tolist():
                loss = loss - torch.log(1 / (1 + odds(word)))
        else:
            among = sorted(set(draws.tolist()) - {own})
            logit = lambda word: score(word) - torch.log(1 - (1 - q[word]) ** DRAWS)
            total = sum((torch.exp(logit(word)) for word in among), torch.exp(logit(own)))
            loss = loss - (logit(own) - torch.log(total))
    return finished({"counts": counts, "target": target, "draws": draws, "probabilities": q}, loss, features,
                    {"weight": weight, "bias": bias})


CASES = {"adaptive": adaptive, "hierarchical": hierarchical,
         "nce": lambda: against_samples("nce", "unigram", 3),
         "sampled": lambda: against_samples("sampled", "log_uniform", 4)}


def main():
    check = "--check" in sys.argv
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        out, file = make(), FOLDER / f"{name}.safetensors"
        if not check:
            save_file(out, file, {"made_by": f"tests/parity/make_output_layers.py, torch {torch.__version__}"})
            continue
        stored = load_file(file)
        assert stored.keys() == out.keys(), f"{file}: other tensors"
        apart = max((stored[k] - out[k]).abs().max().item() for k in out)
        assert apart < 1e-10, f"{file}: {apart} apart"
        print(f"{name}: the same to {apart:.1e}")


if __name__ == "__main__":
    main()
