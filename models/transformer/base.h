#pragma once

#include "models/model.h"
#include "models/transformer/network.h"

namespace zoo::transformer {

/// What the three architectures share: options, parts, initial weights, the loss at the output layer.
class Transformer : public Model, public Differentiable, public AttentionMaps {
 public:
  Transformer(const TransformerOptions& options, const VocabularyFacts& vocabulary);

  Json options() const override;
  Parts parts() override;
  void initialise(std::uint64_t seed) override { network_->initialise(seed, counts_); }
  Differentiable* differentiable() override { return this; }
  AttentionMaps* attention_maps() override { return this; }

  torch::nn::Module& module() override { return *network_; }
  /// Products and tables decay; biases and normalisations do not.
  bool decays(std::string_view parameter) const override;

 protected:
  const TransformerOptions& given() const { return network_->options; }
  /// Σ −log p(target) over hidden [B, T, D], target [B, T] where it is not kIgnored. In training with label smoothing
  /// ε (Szegedy et al. 2016): Σ −(1 − ε) log p(target) − ε · mean over V of log p.
  Loss loss_of(const Tensor& hidden, const Tensor& target);
  /// [N, D] → log-probabilities [N, V]. No gradient.
  Tensor log_probabilities(const Tensor& hidden);
  /// Runs the stack over rows of at most context words and gives the layers' outputs [L, B, T, D], the word's own
  /// vectors first, zeros behind each row's end. `before` and `after`: a word that the network is used to see there;
  /// -1: none.
  Tensor layers_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after);
  std::vector<std::string> layer_names() const;
  /// Throws Error where a text is longer than what is read at once.
  void check_length(std::int64_t words) const;
  [[noreturn]] void fail_no_attention(std::string_view name) const;

  Network network_;
  std::vector<std::int64_t> counts_;  ///< [V], or empty
};

/// Lengths [B] of a batch: as given, or all of its T.
Tensor lengths_of(const Batch& batch);

/// Of each row the vector at its place: x [B, T, D], places [B] → [B, D].
Tensor rows_at(const Tensor& x, const Tensor& places);

}  // namespace zoo::transformer
