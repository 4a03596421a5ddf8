#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace zoo::word2vec {

/// Rows are padded with zeros to a multiple of so many floats: one AVX-512 register, one cache line.
inline constexpr std::int64_t kRowFloats = 16;
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
  explicit Work(std::int64_t stride);

  const std::int64_t stride;  ///< floats from row to row
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
  float* row(int i);  ///< scratch row 0 … kGroup − 1, aligned

 private:
  void flush();
  double total_ = 0;
  std::vector<float> scratch_;
};

/// One step of stochastic gradient descent on
///   L = −Σ_k log σ((2·label_k − 1) · h·out_k)       (eq. 4 of Mikolov et al. 2013b; the Huffman path alike)
/// with g_k = rate · (label_k − σ(h·out_k)):  h += Σ_k g_k·out_k,  out_k += g_k·h,  both from the old values.
using Update = void (*)(Work& work, float* const* inputs, int n, float* const* outputs, const float* labels, int m);

/// The same mathematics in one instruction set. Rows are work.stride floats, aligned to 64 bytes, padded with zeros.
struct Kernel {
  const char* name;
  /// Skip-gram: each input is an h of its own, up to kGroup at a time against the same outputs' old rows (fewer where
  /// an input comes twice: group_of() in variants.h). Output rows must differ.
  Update pairs;
  /// CBOW: h is the inputs' mean (or sum); the whole of h's change goes to each input, as in word2vec.c. Output rows
  /// must differ.
  Update bag;
  /// The same where an output row may come twice: outputs one after the other, inputs changed at the end.
  Update pairs_in_turn;
  Update bag_in_turn;
};

const Kernel& scalar_kernel();  ///< plain loops: what the others are held to
/// Those that this machine can run, the fastest first, the scalar one last.
std::vector<const Kernel*> kernels();
const Kernel& fastest_kernel();

}  // namespace zoo::word2vec
