#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "models/word2vec/kernels/half.h"

namespace zoo::word2vec {

/// Kernels work on a multiple of so many components, zeros behind the last: one AVX-512 register.
inline constexpr std::int64_t kRowFloats = 16;
/// Rows of float and of Half are padded to whole cache lines: so many components lie from row to row.
template <class Cell>
constexpr std::int64_t padded(std::int64_t dim) {
  constexpr std::int64_t kLine = 64 / sizeof(Cell);
  return (dim + kLine - 1) / kLine * kLine;
}
/// The most output rows of one window: K + 1, or the depth of a Huffman tree.
inline constexpr int kMaxOutputs = 128;
/// Skip-gram: so many inputs of a window meet its outputs together, and each output row is loaded and stored once for
/// all of them.
inline constexpr int kGroup = 4;
/// Components are held within ±this, so that no learning rate can end in infinities or NaN. Trained vectors stay
/// below a tenth of it.
inline constexpr float kLargest = 64;

/// What a thread keeps between windows. Not shared.
class Work {
 public:
  explicit Work(std::int64_t width);

  const std::int64_t width;  ///< components of a row, a multiple of kRowFloats
  float rate = 0;
  bool mean = true;  ///< bag(): average the inputs, else add them

  /// Σ −log σ(±score) of all updates so far, nats.
  double loss();

  // For the kernels only. −log σ(x) = max(−x, 0) + log(1 + e^−|x|): the first part is summed in `linear`, and of the
  // second the product of (1 + e^−|x|) is kept, so that one logarithm serves for up to 120 updates.
  alignas(64) float linear[kRowFloats] = {};
  alignas(64) float product[kRowFloats];
  int factors = 0;                ///< multiplied into each `product`
  void expect(int new_factors) {  ///< call before they are multiplied in: each is at most 2
    if (factors + new_factors > 120) flush();
    factors += new_factors;
  }
  float* row(int i);  ///< scratch row 0 … 2·kGroup − 1, aligned
  Dither dither;      ///< for rows of halves

 private:
  void flush();
  double total_ = 0;
  std::vector<float> scratch_;
};

/// One step of stochastic gradient descent on
///   L = −Σ_k log σ((2·label_k − 1) · h·out_k)       (eq. 4 of Mikolov et al. 2013b; the Huffman path alike)
/// with g_k = rate · (label_k − σ(h·out_k)):  h += Σ_k g_k·out_k,  out_k += g_k·h,  both from the old values.
template <class Cell>
using Update = void (*)(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m);

/// The updates of rows of float, or of Half: those are calculated in float too, and rounded stochastically where they
/// are stored. Rows have work.width components, aligned to 64 bytes, padded with zeros.
template <class Cell>
struct Updates {
  /// Skip-gram: each input is an h of its own, up to kGroup at a time against the same outputs' old rows (fewer where
  /// an input comes twice: group_of() in variants.h). Output rows must differ.
  Update<Cell> pairs;
  /// CBOW: h is the inputs' mean (or sum); the whole of h's change goes to each input, as in word2vec.c. Output rows
  /// must differ.
  Update<Cell> bag;
  /// The same where an output row may come twice: outputs one after the other, inputs changed at the end.
  Update<Cell> pairs_in_turn;
  Update<Cell> bag_in_turn;
};

/// The same mathematics in one instruction set.
struct Kernel {
  const char* name;
  Updates<float> floats;
  Updates<Half> halves;

  template <class Cell>
  const Updates<Cell>& of() const {
    if constexpr (std::is_same_v<Cell, float>) {
      return floats;
    } else {
      return halves;
    }
  }
};

const Kernel& scalar_kernel();  ///< plain loops: what the others are held to
/// Those that this machine can run, the fastest first, the scalar one last.
std::vector<const Kernel*> kernels();
const Kernel& fastest_kernel();

}  // namespace zoo::word2vec
