#!/usr/bin/env python3
"""Goldens of the optimizers and schedules from PyTorch's own Python classes (torch.optim, torch.nn.utils). The
single-tensor Python code is used, not the fused kernels. `--check` compares with the stored ones. Needs torch."""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

FILE = pathlib.Path(__file__).resolve().parent.parent / "data" / "training" / "optimizers.safetensors"
PLAIN = dict(foreach=False, fused=False)
STEPS = 12
CASES = {
    "adam": lambda p, wd: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=wd, **PLAIN),
    "adamw": lambda p, wd: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=wd, **PLAIN),
    "sgd": lambda p, wd: torch.optim.SGD(p, lr=0.1, weight_decay=wd, **PLAIN),
    "momentum": lambda p, wd: torch.optim.SGD(p, lr=0.1, momentum=0.7, weight_decay=wd, **PLAIN),
    "adagrad": lambda p, wd: torch.optim.Adagrad(p, lr=0.1, eps=1e-6, weight_decay=wd, **PLAIN),
}


def rate(step):
    return 0.1 / (1 + 0.1 * step)  # another one each step, so that the rate is seen to be used


def make():
    torch.manual_seed(3)
    out = {"weight": torch.randn(5, 4), "bias": torch.randn(5), "gradient.weight": torch.randn(STEPS, 5, 4),
           "gradient.bias": torch.randn(STEPS, 5), "rates": torch.tensor([rate(s) for s in range(STEPS)], dtype=torch.float64)}
    for name, build in CASES.items():
        weight, bias = torch.nn.Parameter(out["weight"].clone()), torch.nn.Parameter(out["bias"].clone())
        both = [build([weight], 0.05), build([bias], 0.0)]  # decay on the weight only
        for step in range(STEPS):
            weight.grad, bias.grad = out["gradient.weight"][step].clone(), out["gradient.bias"][step].clone()
            for optimizer in both:
                optimizer.param_groups[0]["lr"] = rate(step)
                optimizer.step()
            if step in (0, STEPS - 1):
                out[f"{name}.{step + 1}.weight"] = weight.detach().clone()
                out[f"{name}.{step + 1}.bias"] = bias.detach().clone()
    weight, bias = torch.nn.Parameter(out["weight"].clone()), torch.nn.Parameter(out["bias"].clone())
    weight.grad, bias.grad = out["gradient.weight"][0].clone(), out["gradient.bias"][0].clone()
    out["clip.norm"] = torch.nn.utils.clip_grad_norm_([weight, bias], 1.5).reshape(1)
    out["clip.weight"], out["clip.bias"] = weight.grad.clone(), bias.grad.clone()
    return out


def main():
    out = make()
    if "--check" not in sys.argv:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        save_file(out, FILE, {"made_by": f"tests/parity/make_optimizers.py, torch {torch.__version__}"})
        return
    stored = load_file(FILE)
    assert stored.keys() == out.keys(), f"{FILE}: other tensors"
    apart = max(float((stored[k] - out[k]).abs().max()) for k in out)
    assert apart < 1e-6, f"{FILE}: {apart} apart"
    print(f"optimizers: the same to {apart:.1e}")


if __name__ == "__main__":
    main()
