#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/model.h"
#include "models/word2vec/update.h"

namespace zoo::word2vec {

/// The model's numbers. Rows lie padded with zeros to whole cache lines, which is what the kernels work on; the
/// tensors that users see are views of the D components that count.
class Weights {
 public:
  Weights(std::int64_t vocabulary, std::int64_t dim);

  /// Input rows of words uniform in ±0.5/D, special tokens' and all output rows zero, as in word2vec.c.
  void initialise(std::uint64_t seed);

  Tensor input;   ///< [V, D] float32, rows by token id: the word vectors
  Tensor output;  ///< [V, D] float32: rows by token id, or by inner node of the Huffman tree
  Tensor counts;  ///< [V] int64: how often each id occurs in the training text; zeros where that is not known yet

  std::int64_t vocabulary() const { return input.size(0); }
  std::int64_t dim() const { return input.size(1); }
  std::int64_t stride() const { return input.stride(0); }  ///< floats from row to row
  Rows rows() const { return {input_rows(), output_rows(), stride(), dim()}; }
  float* input_rows() const { return input.data_ptr<float>(); }
  float* output_rows() const { return output.data_ptr<float>(); }
  std::span<const std::int64_t> count_of() const {
    return {counts.data_ptr<std::int64_t>(), static_cast<std::size_t>(counts.numel())};
  }
};

}  // namespace zoo::word2vec
