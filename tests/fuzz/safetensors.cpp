// A safetensors file: its header, every tensor's bytes, and as word vectors.
#include "formats/safetensors.h"

#include "formats/vector_file.h"
#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  const auto path = zoo::fuzz_file("a.safetensors", content);
  const zoo::SafetensorsFile file(path);
  unsigned sum = 0;
  for (const auto& tensor : file.tensors()) {
    for (const auto byte : tensor.bytes) sum += static_cast<unsigned>(byte);
    if (static_cast<std::size_t>(tensor.elements()) * zoo::dtype_size(tensor.dtype) != tensor.bytes.size()) {
      __builtin_trap();
    }
  }
  zoo::keep(sum);
  const auto table = zoo::read_vectors_safetensors(path);
  if (table.size() > 0) table.row(table.size() - 1);
}
