#pragma once

#include <torch/types.h>

#include <cstdint>

#include "models/precision.h"

namespace zoo {

/// x · weightᵀ + bias for weights that stay as they are: laid out once, so that no product begins by turning them.
///
/// The weights stand in panels of 64 outputs [K, 64], in bfloat16 with two rows interleaved, in int8 with four, as
/// LibTorch's micro-kernel (oneDNN's) takes them. A thread multiplies 32 rows of x by a panel at a time, so that the
/// result, in the first cache, is scaled and gets its bias on its way out.
///
/// int8: with weight ≈ s_w · w and x ≈ s_x · (u − 128), w in −127 … 127 and u in 1 … 255,
///   x · weight ≈ s_x s_w (Σ u w − 128 Σ w),   s_w one a row of weights, s_x one a row of x.
/// Where the processor has no products of bfloat16 or int8 (AVX-512 BF16, VNNI), weights are rounded alike and meet x
/// in float32.
class PackedProduct {
 public:
  /// weight [M, K], bias [M] or undefined, float32 on the CPU: they are copied.
  PackedProduct(const torch::Tensor& weight, const torch::Tensor& bias, Precision precision);

  /// x [..., K] float32 → [..., M]. No gradient. Several threads may ask at once.
  torch::Tensor operator()(const torch::Tensor& x) const;

 private:
  void multiply(const torch::Tensor& x, std::int64_t rows, float* y) const;
  void multiply_whole(const torch::Tensor& x, std::int64_t rows, float* y) const;

  Precision precision_;
  std::int64_t outputs_, inputs_, kept_inputs_;  ///< M, K, K up to a multiple of the interleaved rows
  torch::Tensor panels_;                         ///< [panels, K/g, 64, g], g interleaved rows
  torch::Tensor bias_;                           ///< [panels · 64], zeros where there is none
  torch::Tensor scale_;                          ///< [panels · 64] s_w
  torch::Tensor sum_;                            ///< [panels · 64] int32, 128 Σ w
};

}  // namespace zoo
