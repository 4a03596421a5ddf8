"""What every benchmark tells of the machine it ran on."""

import os
import platform


def machine():
    """"AMD EPYC, 2 processors, avx512f, avx512_bf16": the name, how many, and which vectors they have."""
    model = next((line.split(": ", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.processor())
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    wide = [name for name in ["avx512f", "avx512_bf16", "avx2"] if f" {name} " in flags.rstrip() + " "]
    return ", ".join([model, f"{os.cpu_count()} processors", *wide])
