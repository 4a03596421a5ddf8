#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "models/elmo/options.h"

namespace zoo::elmo {

using torch::Tensor;

/// One layer of a highway network (Srivastava, Greff and Schmidhuber 2015), N numbers in and out:
///   g = σ(W_g x + b_g),   y = g · relu(W x + b) + (1 − g) · x
struct HighwayImpl : torch::nn::Module {
  explicit HighwayImpl(std::int64_t width);
  Tensor forward(const Tensor& x);         ///< [U, N] → [U, N]
  void initialise(at::Generator& random);  ///< b_g starts at −2: at first most of x goes through as it is
  torch::nn::Linear transform{nullptr}, gate{nullptr};
};
TORCH_MODULE(Highway);

/// A word's own vector from its letters (Kim et al. 2016; Peters et al. 2018, §3.4): each character's vector, filters
/// of several widths, of each filter the maximum over all its places (padding included), activation, highways,
/// projection.
///   embedding.weight    [262, d], row 0 stays zero
///   filters.i.weight    [n_i, d, w_i]    filters.i.bias [n_i]
///   highways.k.{transform,gate}.{weight [N, N], bias [N]},  N = Σ n_i
///   projection.weight   [P, N]           projection.bias [P]
struct CharacterCnnImpl : torch::nn::Module {
  explicit CharacterCnnImpl(const ElmoOptions& options);
  /// ids [U, K] of tokenizers/character_ids.h, any integer type → [U, P].
  Tensor forward(const Tensor& ids);
  void initialise(at::Generator& random);

  ElmoOptions options;
  torch::nn::Embedding characters{nullptr};
  std::vector<Tensor> filter_weights, filter_biases;
  std::vector<Highway> highways;
  torch::nn::Linear projection{nullptr};
};
TORCH_MODULE(CharacterCnn);

}  // namespace zoo::elmo
