#pragma once

#include <torch/types.h>

namespace zoo {

/// x · weightᵀ + bias for float32 matrices on the CPU: x [N, D], weight [M, D], bias [M] or undefined → [N, M].
/// Takes no part in autograd. Either argument may be a transposed view. Goes to oneDNN on processors whose AVX-512 the
/// default library (MKL) leaves unused, where it is about twice as fast; other types and devices go to at::linear.
torch::Tensor fast_linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias = {});

/// The same with a gradient for all three, for x of any number of dimensions: [..., D] → [..., M].
torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias = {});

/// What a torch::nn::Linear gives for x, under autocast too.
template <class Layer>
torch::Tensor apply_linear(const Layer& layer, const torch::Tensor& x) {
  return linear(x, layer->weight, layer->bias);
}

}  // namespace zoo
