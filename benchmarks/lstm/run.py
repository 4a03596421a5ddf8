#!/usr/bin/env python3
"""The LSTM with projection side by side: ours and PyTorch's nn.LSTM(proj_size), forward and with the way back.

    python3 benchmarks/lstm/run.py [--sizes 128/1024,256/2048,512/4096] [--rounds 3] [--seconds 4] [--output NAME]

Run by a Python that has torch; needs ./zoo build. 20 steps of 64 rows, all cores, float32 and (where the processor
multiplies it) bfloat16, PyTorch's by autocast; ours clips cell and projection as ELMo does, PyTorch's cannot. All take
turns in one run and the best of each counts. Beside them stands what part ours is of the most that the processor
multiplies (`zoo bench products`, in the same run), counting the products alone. Prints a Markdown page; --output writes it to NAME.md and the figures to
NAME.json.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import machine  # noqa: E402
from timing import quickest  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(arguments, projection, cell, precision):
    command = [ROOT / "build/release/bin/zoo", "bench", "lstm", "--projection", projection, "--cell", cell, "--threads",
               arguments.threads, "--precision", precision, "--seconds", arguments.seconds, "--json"]
    result = json.loads(subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout)
    return {"forward": result["forward_tokens_per_second"], "training": result["training_tokens_per_second"],
            "forward gflops": result["forward_gflops"], "training gflops": result["training_gflops"]}


def most_products(arguments):
    """{"fp32": …, "bf16": …}: thousands of millions of operations a second, numbers in registers."""
    command = [ROOT / "build/release/bin/zoo", "bench", "products", "--threads", str(arguments.threads), "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {"fp32": result["fp32_gflops"], "bf16": result["bf16_gflops"],
            "fp32 of 256 bits": result["fp32_of_256_bits_gflops"]}


def peer(torch, arguments, projection, cell, precision):
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(projection, cell, proj_size=projection)
    x = torch.randn(20, 64, projection, requires_grad=True)
    pull = torch.randn(20, 64, projection)

    rounded = lambda: torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")

    def forward():
        with torch.no_grad(), rounded():
            lstm(x)

    def training():
        lstm.zero_grad(set_to_none=True)
        with rounded():
            output = lstm(x)[0]
        output.backward(pull.to(output.dtype))

    tokens = 20 * 64
    return {"forward": tokens / quickest(arguments.seconds, forward),
            "training": tokens / quickest(arguments.seconds, training)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="128/1024,256/2048,512/4096", help="projection/cell, …")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--output", help="NAME.md and NAME.json")
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("benchmarks/lstm: this Python has no torch; run it by one that has")
    torch.set_num_threads(arguments.threads)
    precisions = ["fp32"] + ["bf16"] * ("avx512_bf16" in machine())
    lines = ["# The LSTM with projection beside PyTorch's", "", "    python3 benchmarks/lstm/run.py " + " ".join(sys.argv[1:]),
             "", f"{machine()}; {arguments.threads} threads, 20 steps of 64 rows, PyTorch {torch.__version__}, best of "
             f"{arguments.rounds} rounds, tokens/s.", "", "| projection/cell | | " +
             "".join(f"langzoo {name} | of the processor's | nn.LSTM {name} | langzoo is | " for name in precisions) +
             ("bf16 is, of ours in fp32 |" if len(precisions) > 1 else ""),
             "|---|---|" + "---:|" * 4 * len(precisions) + "---:|" * (len(precisions) - 1)]
    most = most_products(arguments)
    lines[5:5] = ["", "Of the processor's: the part of the products that it can make in registers, "
                  + " and ".join(f"{most[name]:,.0f} GFLOP/s in {name}" for name in precisions if most[name])
                  + f" ({most['fp32 of 256 bits'] or 0:,.0f} in fp32 with AVX2's 256 bits). Training makes three times "
                  "the products of forward."]
    print("\n".join(lines))
    measured = []
    for size in arguments.sizes.split(","):
        projection, cell = map(int, size.split("/"))
        rounds = [{precision: {"langzoo": ours(arguments, projection, cell, precision),
                               "PyTorch": peer(torch, arguments, projection, cell, precision)}
                   for precision in precisions} for _ in range(arguments.rounds)]
        measured.append({"size": size, "rounds": rounds})
        for direction in ["forward", "training"]:
            best = {precision: [max(one[precision][who][direction] for one in rounds) for who in ("langzoo", "PyTorch")]
                    for precision in precisions}
            part = {precision: max(one[precision]["langzoo"][f"{direction} gflops"] for one in rounds) / most[precision]
                    for precision in precisions if most[precision]}
            cells = [f"{own:,.0f} | {f'{part[name]:.0%}' if name in part else ''} | {other:,.0f} | {own / other:.2f} × as fast"
                     for name, (own, other) in best.items()]
            if len(precisions) > 1:
                cells.append(f"{best['bf16'][0] / best['fp32'][0]:.2f} × as fast")
            lines.append(f"| {size} | {direction} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    if arguments.output:
        pathlib.Path(arguments.output + ".md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        pathlib.Path(arguments.output + ".json").write_text(json.dumps(
            {"machine": machine(), "torch": torch.__version__, "threads": arguments.threads, "most_gflops": most,
             "measured": measured},
            indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
