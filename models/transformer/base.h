#pragma once

#include "models/goes_on.h"
#include "models/model.h"
#include "models/sentence_vectors.h"
#include "models/transformer/network.h"

namespace zoo::transformer {

/// What the three architectures share: options, parts, initial weights, the loss at the output layer.
class Transformer : public Model, public Differentiable, public AttentionMaps, public GoesOnFromRun {
 public:
  Transformer(const TransformerOptions& options, const VocabularyFacts& vocabulary);

  Json options() const override;
  Parts parts() override;
  void initialise(std::uint64_t seed) override;
  bool prepare(Precision precision) override;
  bool to(torch::Device device) override;
  void go_on_from(Parts saved) override { start_ = std::move(saved); }
  Differentiable* differentiable() override { return this; }
  const AttentionMaps* attention_maps() const override { return this; }

  torch::nn::Module& module() override { return *network_; }
  /// Products and tables decay; biases and normalisations do not.
  bool decays(std::string_view parameter) const override;

 protected:
  const TransformerOptions& given() const { return network_->options; }
  /// Σ −log p(target) over hidden [B, T, D], target [B, T] where it is not kIgnored. In training with label smoothing
  /// ε (Szegedy et al. 2016): Σ −(1 − ε) log p(target) − ε · mean over V of log p.
  Loss loss_of(const Tensor& hidden, const Tensor& target);
  /// [N, D] → log-probabilities [N, V] on the CPU. No gradient.
  Tensor log_probabilities(const Tensor& hidden) const;
  /// Runs the stack over rows of at most context words and gives the layers' outputs [L, B, T, D], the word's own
  /// vectors first, zeros behind each row's end. `before` and `after`: a word that the network is used to see there;
  /// -1: none.
  Tensor layers_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after) const;
  /// The mean of the stack's outputs over all that it reads of each row, `before` and `after` included: [B, D].
  Tensor mean_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after) const;
  std::vector<std::string> layer_names() const;
  /// Throws Error where a text is longer than what is read at once.
  void check_length(std::int64_t words) const;
  [[noreturn]] void fail_no_attention(std::string_view name) const;

  /// Rows of at most context words as the stack reads them.
  struct Piece {
    std::int64_t begin, count;  ///< which of the rows' words
    std::int64_t front;         ///< how many tokens stand before them
    Tensor ids;                 ///< [B, T'] with what stands before and after
    Tensor there;               ///< [B] how many words of each row
    Tensor lengths;             ///< [B] how many of `ids`
  };
  std::vector<Piece> pieces_of(const WordRows& sentences, std::int64_t before, std::int64_t after) const;
  /// [B, T'] → [B, T', D]
  Tensor read_piece(const Piece& piece, Recording* recording) const;

  std::shared_ptr<NetworkImpl> network_;  ///< inference reads weights only, but forward() of LibTorch is not const
  std::vector<std::int64_t> counts_;      ///< [V], or empty
  Parts start_;                           ///< what the next initialise() begins with
};

/// Lengths [B] of a batch: as given, or all of its T.
Tensor lengths_of(const Batch& batch);

/// Of each row the vector at its place: x [B, T, D], places [B], wherever they lie → [B, D].
Tensor rows_at(const Tensor& x, const Tensor& places);

/// The same on the CPU.
std::vector<AttentionTrace> on_cpu(std::vector<AttentionTrace> traces);

}  // namespace zoo::transformer
