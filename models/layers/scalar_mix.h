#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

namespace zoo {

struct ScalarMixOptions {
  std::int64_t layers;
  bool layer_norm = false;  ///< each layer is first brought to mean 0 and variance 1 over all its words' numbers
};

/// One vector a word from the layers of a model, mixed as a task needs it (Peters et al. 2018, eq. 1):
///   K = γ Σ_l softmax(s)_l h_l
/// Parameters "scalars" s [L], at first zero: all layers alike; "gamma" γ [1], at first one.
class ScalarMixImpl : public torch::nn::Module {
 public:
  explicit ScalarMixImpl(const ScalarMixOptions& options);
  /// layers [L, B, T, D], lengths [B] int64 or undefined where every row counts whole → [B, T, D]. What stands behind
  /// a row's end takes no part in the layer norm.
  torch::Tensor forward(const torch::Tensor& layers, const torch::Tensor& lengths);
  torch::Tensor weights() const;  ///< softmax(s), [L]

  ScalarMixOptions options;
  torch::Tensor scalars, gamma;
};
TORCH_MODULE(ScalarMix);

}  // namespace zoo
