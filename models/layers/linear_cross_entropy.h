#pragma once

#include <torch/types.h>

namespace zoo {

// The last layer of a language model, logits = hidden · weightᵀ + bias followed by softmax over V words, without ever
// holding all N × V logits: rows are worked through in chunks. hidden [N, D], weight [V, D], bias [V], target [N]
// int64, kIgnored where nothing is predicted.

// On the CPU by tiles of our own (tiled_softmax.h), elsewhere by LibTorch's operators (chunked_softmax.h).

/// Σ over the rows that count of −log p(target), nats: a scalar with a gradient for hidden, weight and bias. The
/// gradient is made in the forward pass, chunk by chunk, from softmax − onehot. hidden alone may be bfloat16.
torch::Tensor linear_cross_entropy(const torch::Tensor& hidden, const torch::Tensor& weight, const torch::Tensor& bias,
                                   const torch::Tensor& target);

/// log p(target) of each row, [N] float; 0 where ignored. No gradient.
torch::Tensor linear_log_probability(const torch::Tensor& hidden, const torch::Tensor& weight,
                                     const torch::Tensor& bias, const torch::Tensor& target);

/// log p of every word, [N, V]. No gradient. For few rows.
torch::Tensor linear_log_softmax(const torch::Tensor& hidden, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace zoo
