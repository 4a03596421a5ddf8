#pragma once

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "batches/batch.h"
#include "models/nnlm/options.h"

namespace zoo::nnlm {

/// Parameters, with their names in model.safetensors:
///   embedding.weight  C        [V, m]
///   hidden.weight     H        [h, (n−1)·m]       hidden.bias  d  [h]       (none of the two where h = 0)
///   output.weight     [U  W]   [V, h + (n−1)·m]   output.bias  b  [V]       (W only with direct connections)
/// U and W lie side by side because [U W]·[tanh(…); x] is one product instead of two. With the options that the paper
/// does not have, a = the number of averages:
///   hidden.weight              [h, (n−1+a)·m]     near words first, then the averages from the nearest on
///   layers.i.weight   [h, h]   layers.i.bias [h]  of the layers above the first
///   norms.i.weight    [h]      norms.i.bias  [h]  one for each of those, then the output layer's
///   projection.weight          [m, h]             from the top to a word vector, tied and h ≠ m
/// and the output layer's own names (models/layers/) where it is not the full softmax; no output.weight where it is
/// tied.
struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const NnlmOptions& options, std::int64_t vocabulary, std::span<const std::int64_t> counts);
  /// What the output layer sees of `context` [B, options.context()], [B, options.features()]:
  ///   x = [C of the near words; mean of C over each window]
  ///   h_1 = f(d + H x),   h_i = (h_{i−1} +) f(d_i + H_i norm(h_{i−1}))
  /// and of that norm(h_L), with x behind it where there are direct connections.
  Tensor features(const Tensor& context);
  void initialise(std::span<const std::int64_t> counts, std::uint64_t seed);

  NnlmOptions options;
  torch::nn::Embedding embedding{nullptr};
  torch::nn::Linear hidden{nullptr}, projection{nullptr};
  torch::nn::ModuleList layers{nullptr}, norms{nullptr};
  std::shared_ptr<OutputLayer> output;

 private:
  Tensor inputs(const Tensor& context);  ///< x
  Tensor activated(const Tensor& sums) const;
  Tensor normalised(const Tensor& units, std::int64_t layer);
  Tensor dropped(const Tensor& units, double share) const;
};
TORCH_MODULE(Network);

}  // namespace zoo::nnlm
