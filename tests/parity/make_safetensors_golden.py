"""Makes tests/data/formats/python.safetensors: every element type, written by the `safetensors` package.

Run with safetensors 0.8.0 and numpy 2.4.6: python tests/parity/make_safetensors_golden.py [--check]
--check compares with what is there instead of writing it.
"""
import pathlib
import sys

import numpy as np
import safetensors

values = [0.0, 1.0, -2.5, 0.09997558593750, 65504.0, 6.103515625e-05]
f32 = np.array(values, "<f4")
whole = [0, 1, -2, 100, 127, -128]
tensors = {
    "double": ("F64", np.array(values, "<f8")),
    "float": ("F32", f32),
    "half": ("F16", np.array(values, "<f2")),
    "brain": ("BF16", (f32.view("<u4") >> 16).astype("<u2")),
    "long": ("I64", np.array(whole, "<i8")),
    "int": ("I32", np.array(whole, "<i4")),
    "short": ("I16", np.array(whole, "<i2")),
    "byte": ("I8", np.array(whole, "<i1")),
    "unsigned": ("U8", np.array([0, 1, 2, 100, 127, 255], "<u1")),
    "truth": ("BOOL", np.array([0, 1, 1, 0, 0, 1], "<u1")),
}
names = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
         "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}
tensors["scalar"] = ("F32", np.array(7.0, "<f4"))
tensors["empty"] = ("F32", np.zeros((0, 5), "<f4"))
specs = {}
for name, (dtype, array) in tensors.items():
    shape = [2, 3] if array.size == 6 else list(array.shape)
    specs[name] = safetensors.TensorSpec(dtype=names[dtype], shape=shape, data_ptr=array.ctypes.data,
                                         data_len=array.nbytes)
content = safetensors.serialize(specs, {"made_by": f"safetensors {safetensors.__version__}"})
path = pathlib.Path(__file__).parent.parent / "data/formats/python.safetensors"
if "--check" in sys.argv[1:]:
    if path.read_bytes() != bytes(content):
        sys.exit(f"{path}: differs from what safetensors {safetensors.__version__} writes")
    print(f"{path.name}: the same")
else:
    path.write_bytes(bytes(content))
