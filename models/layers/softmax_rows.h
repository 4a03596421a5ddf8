#pragma once

#include <torch/types.h>

namespace zoo {

/// Replaces each row of `logits` [N, V] by softmax(row) − onehot(target), the gradient of −log p(target); by zeros
/// where the target is kIgnored. Returns Σ log p(target), summed in double precision row after row, so that it does
/// not depend on the number of threads. Targets are checked to lie below V.
double softmax_minus_onehot_(torch::Tensor& logits, const torch::Tensor& target);

/// log softmax(row)[target] of each row, [N]; 0 where ignored.
torch::Tensor target_log_probabilities(const torch::Tensor& logits, const torch::Tensor& target);

}  // namespace zoo
