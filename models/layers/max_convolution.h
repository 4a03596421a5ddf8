#pragma once

#include <torch/types.h>

namespace zoo {

/// How well the best place of a row matches each filter: max over p of weight_n · x[p … p + w) + bias_n (Kim et al.
/// 2016, equations 5 and 6, before the tanh).
///   x [U, K, d], weight [n, w, d], bias [n] → [U, n];  w ≤ K
/// With a gradient for all three. Of each row and filter one place has any, the first best, so the way back costs a
/// K-th of the way there. In float32 on the CPU, under autocast too; other types go through LibTorch's convolution.
torch::Tensor max_convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace zoo
