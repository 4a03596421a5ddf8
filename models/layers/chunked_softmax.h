#pragma once

#include <torch/types.h>

namespace zoo {

// What linear_cross_entropy.h promises, by LibTorch's operators instead of our own kernels: for devices other than the
// CPU. Of the N × V logits a chunk of rows is held at a time. hidden [N, D], weight [V, D], bias [V] of one floating
// type, target [N] int64 with kIgnored where nothing is predicted, all on one device. No gradient is recorded.

struct ChunkedCrossEntropy {
  torch::Tensor sum;                   ///< Σ −log p(target), a scalar
  torch::Tensor hidden, weight, bias;  ///< its gradients, if they were asked for
};

/// `rounded`: the products are of bfloat16 numbers; sums, softmax and gradients are not. Throws Error for a target that
/// is no word.
ChunkedCrossEntropy chunked_cross_entropy(const torch::Tensor& hidden, const torch::Tensor& weight,
                                          const torch::Tensor& bias, const torch::Tensor& target, bool rounded);

/// log p(target) of each row, [N]; 0 where ignored.
torch::Tensor chunked_log_probability(const torch::Tensor& hidden, const torch::Tensor& weight,
                                      const torch::Tensor& bias, const torch::Tensor& target);

}  // namespace zoo
