#!/usr/bin/env python3
"""Goldens of the Transformer from PyTorch's own layers (torch.nn.TransformerEncoderLayer, TransformerDecoderLayer): the
same weights, then hidden vectors, loss and the gradient of every parameter. `make_transformer.py` writes
tests/data/transformer/*.safetensors, `--check` compares them with what it would write. Needs torch."""
import math
import pathlib
import sys

import torch
from torch import nn
from safetensors.torch import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "transformer"
VOCABULARY, SOURCE_VOCABULARY, D, HEADS, INNER, CONTEXT, IGNORED = 23, 19, 12, 3, 20, 9, -100
CASES = {  # name: (architecture, norm, positions, activation, tied, layers, layers of a translation's encoder)
    "decoder_pre": ("decoder", "pre", "sinusoidal", "gelu", True, 2, 0),
    "decoder_post": ("decoder", "post", "learned", "relu", False, 2, 0),
    "encoder_pre": ("encoder", "pre", "learned", "gelu", True, 2, 0),
    "encoder_post": ("encoder", "post", "sinusoidal", "relu", True, 1, 0),
    "translation_pre": ("encoder-decoder", "pre", "sinusoidal", "gelu", True, 1, 2),
    "translation_post": ("encoder-decoder", "post", "sinusoidal", "relu", False, 2, 1),
}


def sinusoids():
    return torch.tensor([[(math.sin if i % 2 == 0 else math.cos)(p / 10000 ** ((i - i % 2) / D)) for i in range(D)]
                         for p in range(CONTEXT)], dtype=torch.float32)


class Reference(nn.Module):
    """One Transformer out of PyTorch's layers, without dropout."""

    def __init__(self, architecture, norm, positions, activation, tied, layers, source_layers):
        super().__init__()
        options = dict(dim_feedforward=INNER, dropout=0.0, activation=activation, batch_first=True,
                       norm_first=norm == "pre")
        last = (lambda: nn.LayerNorm(D)) if norm == "pre" else nn.Identity
        self.architecture, self.tied = architecture, tied
        self.words = nn.Embedding(VOCABULARY, D)
        if architecture == "encoder-decoder":
            self.source_words = nn.Embedding(SOURCE_VOCABULARY, D)
            self.encoder = nn.ModuleList(nn.TransformerEncoderLayer(D, HEADS, **options) for _ in range(source_layers))
            self.decoder = nn.ModuleList(nn.TransformerDecoderLayer(D, HEADS, **options) for _ in range(layers))
            self.encoder_norm, self.decoder_norm = last(), last()
        else:  # a decoder that reads one text is PyTorch's encoder layer with a causal mask
            stack = nn.ModuleList(nn.TransformerEncoderLayer(D, HEADS, **options) for _ in range(layers))
            setattr(self, architecture, stack)
            setattr(self, architecture + "_norm", last())
        if positions == "learned":
            setattr(self, architecture + "_positions", nn.Parameter(torch.empty(CONTEXT, D)))
        if not tied:
            self.output_weight = nn.Parameter(torch.empty(VOCABULARY, D))
        self.output_bias = nn.Parameter(torch.empty(VOCABULARY))

    def read(self, table, ids, stack):
        places = getattr(self, stack + "_positions", None)
        places = sinusoids() if places is None else places
        return table(ids) * math.sqrt(D) + places[: ids.shape[1]]

    def forward(self, batch):
        padding = torch.arange(batch["input"].shape[1])[None, :] >= batch["lengths"][:, None]  # true: not looked at
        causal = lambda n: torch.ones(n, n, dtype=torch.bool).triu(1)
        if self.architecture == "encoder-decoder":
            memory = self.read(self.source_words, batch["input"], "encoder")
            for layer in self.encoder:
                memory = layer(memory, src_key_padding_mask=padding)
            memory = self.encoder_norm(memory)
            x = self.read(self.words, batch["other_input"], "decoder")
            for layer in self.decoder:
                x = layer(x, memory, tgt_mask=causal(x.shape[1]), memory_key_padding_mask=padding)
            x = self.decoder_norm(x)
        elif self.architecture == "encoder":
            x = self.read(self.words, batch["input"], "encoder")
            for layer in self.encoder:
                x = layer(x, src_key_padding_mask=padding)
            x = self.encoder_norm(x)
        else:
            x = self.read(self.words, batch["input"], "decoder")
            for layer in self.decoder:
                x = layer(x, src_mask=causal(x.shape[1]))
            x = self.decoder_norm(x)
        weight = self.words.weight if self.tied else self.output_weight
        logits = x @ weight.T + self.output_bias
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch["target"].flatten(), ignore_index=IGNORED,
                                           reduction="sum")
        return x, logits, loss


def names(module, pick):
    """pick(parameter) of every parameter, by langzoo's names: the cross-attention's input product in two parts."""
    out = {}

    def attention(prefix, layer, cross):
        for kind, tensor in (("weight", layer.in_proj_weight), ("bias", layer.in_proj_bias)):
            if cross:
                out[f"{prefix}.query.{kind}"], out[f"{prefix}.key_value.{kind}"] = pick(tensor)[:D], pick(tensor)[D:]
            else:
                out[f"{prefix}.query_key_value.{kind}"] = pick(tensor)
            out[f"{prefix}.output.{kind}"] = pick(getattr(layer.out_proj, kind))

    def both(prefix, layer):
        out[prefix + ".weight"], out[prefix + ".bias"] = pick(layer.weight), pick(layer.bias)

    both_tables = [("words", "words"), ("source_words", "source_words")]
    for name, own in both_tables:
        if hasattr(module, own):
            out[name + ".weight"] = pick(getattr(module, own).weight)
    for stack in ("encoder", "decoder"):
        if not hasattr(module, stack):
            continue
        if hasattr(module, stack + "_positions"):
            out[stack + ".positions.weight"] = pick(getattr(module, stack + "_positions"))
        for i, layer in enumerate(getattr(module, stack)):
            prefix = f"{stack}.blocks.{i}"
            attention(prefix + ".attention", layer.self_attn, False)
            norms = ["attention_norm", "feed_forward_norm"]
            if hasattr(layer, "multihead_attn"):
                attention(prefix + ".cross_attention", layer.multihead_attn, True)
                norms.insert(1, "cross_norm")
            both(prefix + ".feed_forward.inner", layer.linear1)
            both(prefix + ".feed_forward.outer", layer.linear2)
            for number, norm in enumerate(norms):
                both(f"{prefix}.{norm}", getattr(layer, f"norm{number + 1}"))
        if isinstance(getattr(module, stack + "_norm"), nn.LayerNorm):
            both(stack + ".norm", getattr(module, stack + "_norm"))
    if not module.tied:
        out["output.weight"] = pick(module.output_weight)
    out["output.bias"] = pick(module.output_bias)
    return out


def case(name, seed):
    torch.manual_seed(seed)
    module = Reference(*CASES[name]).double()
    with torch.no_grad():
        for parameter in module.parameters():  # rounded to float32, so that both sides start from the same numbers
            parameter.copy_((0.4 * torch.randn(parameter.shape)).float())
    translates = CASES[name][0] == "encoder-decoder"
    lengths = torch.tensor([7, 4, 1]) if CASES[name][0] != "decoder" else torch.tensor([7, 7, 7])
    batch = {"input": torch.randint(5, SOURCE_VOCABULARY, (3, 7)), "lengths": lengths}
    if translates:
        batch["other_input"] = torch.randint(5, VOCABULARY, (3, 6))
    steps = 6 if translates else 7
    batch["target"] = torch.randint(5, VOCABULARY, (3, steps))
    batch["target"][0, 2] = batch["target"][1, -1] = IGNORED
    if CASES[name][0] == "encoder":
        batch["target"][torch.arange(7)[None, :] >= lengths[:, None]] = IGNORED
    hidden, logits, loss = module(batch)
    loss.backward()
    out = {"parameter." + k: v.float() for k, v in names(module, lambda p: p.detach()).items()}
    out.update({"gradient." + k: v for k, v in names(module, lambda p: p.grad).items()})
    out.update(batch, hidden=hidden.detach(), log_softmax=logits.detach().log_softmax(-1), loss=loss.detach().reshape(1))
    return {k: v.contiguous().clone() for k, v in out.items()}


def main():
    check = "--check" in sys.argv
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(CASES):
        file, out = FOLDER / f"{name}.safetensors", case(name, seed + 1)
        if not check:
            save_file(out, file, {"made_by": f"tests/parity/make_transformer.py, torch {torch.__version__}"})
            continue
        stored = load_file(file)
        assert stored.keys() == out.keys(), f"{file}: other tensors"
        apart = max(float((stored[k] - out[k]).abs().max()) for k in out)
        assert apart < 1e-9, f"{file}: {apart} apart"
        print(f"{name}: the same to {apart:.1e}")


if __name__ == "__main__":
    main()
