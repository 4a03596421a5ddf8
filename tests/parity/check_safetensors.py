"""Reads a file of ours with the `safetensors` package and prints what it sees as one line of JSON."""
import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], framework="np") as file:
    seen = {"metadata": file.metadata(), "tensors": {}}
    for name in sorted(file.keys()):
        tensor = file.get_tensor(name)
        seen["tensors"][name] = {"dtype": str(tensor.dtype), "shape": list(tensor.shape),
                                 "values": tensor.reshape(-1).tolist()}
print(json.dumps(seen))
