#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <span>
#include <vector>

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
  /// γ Σ_l softmax(s)_l x_l of layers [L, …] as they are, whether or not a layer norm is asked for.
  torch::Tensor weighted(const torch::Tensor& layers) const;

  ScalarMixOptions options;
  torch::Tensor scalars, gamma;
};
TORCH_MODULE(ScalarMix);

/// Several mixes of the same layers at once, one for each place where a task takes vectors in (§3.3): as many vectors a
/// word as there are mixes, [B, T, D] each. Those that have the layer norm share it.
std::vector<torch::Tensor> mix_all(std::span<ScalarMix> mixes, const torch::Tensor& layers,
                                   const torch::Tensor& lengths);

}  // namespace zoo
