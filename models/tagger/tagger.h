#pragma once

#include <torch/nn/modules/rnn.h>

#include <string>
#include <vector>

#include "models/layers/scalar_mix.h"
#include "models/tagging.h"

namespace zoo::tagger {

struct TaggerOptions {
  std::int64_t lstm = 0, hidden_size = 128;
  double dropout = 0.1;
  bool mix_norm = false, mix_output = false;
  std::int64_t width = 0, layers = 1;
  std::vector<std::string> tags;

  void fields(Fields& f);
};

/// One word's vector → its tag, by a network with one hidden layer:
///   K = γ Σ_l softmax(s)_l (h_l − μ_l) / σ_l          (Peters et al. 2018, eq. 1; with one layer K = (h − μ) / σ)
///   p(tag) = softmax(b₂ + W₂ relu(b₁ + W₁ K))
/// It sees no neighbour: what of the sentence decides the tag must be in the vector. μ and σ are means and deviations
/// of each number over the training words, so that one learning rate suits the vectors of every model.
/// With `lstm` numbers C > 0, a bidirectional LSTM of C cells in each direction reads the K of the sentence, and its
/// output stands in K's place; with `mix_output` beside a second mix K' of the same layers (§3.3).
class NetworkImpl : public torch::nn::Module {
 public:
  explicit NetworkImpl(const TaggerOptions& options);
  /// vectors [N, L, D], lengths [S] as of Tagging → scores before the softmax, [N, T], where the weights lie.
  Tensor forward(const Tensor& vectors, const Tensor& lengths = {}) { return scores(vectors, lengths, is_training()); }
  Tensor scores(const Tensor& vectors, const Tensor& lengths, bool with_dropout);
  void reset();
  Parts parts();  ///< parameters and the two buffers

  TaggerOptions options;
  Tensor mean, deviation;         ///< μ, σ [L, D]
  ScalarMix mix{nullptr};         ///< null for one layer
  ScalarMix output_mix{nullptr};  ///< of K', where there is one
  torch::nn::LSTM lstm{nullptr};
  torch::nn::Linear hidden{nullptr}, output{nullptr};

 private:
  Tensor in_both_directions(const Tensor& x, const Tensor& lengths);
};
TORCH_MODULE(Network);

/// A part-of-speech tagger fed by another model's vectors: "put it where other tasks have their W → e step".
class Tagger : public Model, public Tagging {
 public:
  explicit Tagger(const TaggerOptions& options);

  Json options() const override;
  Parts parts() override;
  void load_parts(const Parts& saved) override;
  void initialise(std::uint64_t seed) override;
  bool to(torch::Device device) override;

  const std::vector<std::string>& tags() const override { return network_->options.tags; }
  using Tagging::tag_scores;
  Tensor tag_scores(const Tensor& vectors, const Tensor& lengths) const override;
  std::int64_t layers() const override { return network_->options.layers; }
  std::int64_t width() const override { return network_->options.width; }
  const TagLexicon& lexicon() const override { return lexicon_; }

  Network& network() { return network_; }
  void set_lexicon(TagLexicon lexicon);

 private:
  Network network_;
  TagLexicon lexicon_;
  Parts lexicon_parts_;  ///< the same as tensors: what is saved
};

/// The lexicon as tensors: "lexicon.words" U8 (the words' bytes one after another), "lexicon.word_ends" I64 [W],
/// "lexicon.tags" I32 [W], "lexicon.ambiguous" BOOL [W], "lexicon.most_frequent" I32 [1].
Parts parts_of(const TagLexicon& lexicon);
/// Throws Error where they do not fit one another or name a tag beyond `tags`.
TagLexicon lexicon_of(const Parts& parts, std::int64_t tags);

/// No row of a comparison by itself: it reads what other models make.
const ModelKind& kind();

}  // namespace zoo::tagger
