#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"

namespace zoo {

/// How a language model's last layer is made and trained: options of the model that has it.
struct OutputOptions {
  std::string output_layer = "full";
  std::int64_t samples = 1024;
  std::string sampler = "unigram";
  std::vector<std::int64_t> cutoffs = {2000, 8000};
  double shrink = 4;

  void fields(Fields& field);
  void check(std::int64_t vocabulary) const;  ///< throws UsageError for cutoffs that do not rise or pass V
  /// Numbers to learn between D features and V words.
  double parameters(std::int64_t vocabulary, std::int64_t width) const;
};

/// The last layer of a language model: from features [N, D] to a probability of each of V words. However it is trained,
/// log_probability and log_softmax are exact: exp of a row of log_softmax sums to one. Targets [N] are int64, kIgnored
/// where nothing is predicted, and lie where the features do. Matrices are float32.
///
///   full          softmax over all words
///   hierarchical  a product of turns in a Huffman tree (Morin & Bengio 2005; Mnih & Hinton 2008)
///   nce           noise-contrastive estimation (Gutmann & Hyvärinen 2010; Mnih & Teh 2012): a word against samples
///   sampled       softmax over the targets and samples of the others (Jean et al. 2015)
///   adaptive      frequent words in a head, rare ones in clusters of ever fewer numbers (Grave et al. 2017)
///
/// nce and sampled have full's parameters and are scored as full is.
class OutputLayer : public torch::nn::Module {
 public:
  using Tensor = torch::Tensor;
  /// Σ of what is minimised, a scalar with a gradient. In evaluation, and without gradients, −Σ log p(target).
  virtual Tensor loss(const Tensor& features, const Tensor& target) = 0;
  /// log p(target) of each row, [N]; 0 where ignored. No gradient.
  virtual Tensor log_probability(const Tensor& features, const Tensor& target) = 0;
  /// [N, V]. No gradient. For few rows.
  virtual Tensor log_softmax(const Tensor& features) = 0;
  /// Starts from the words' frequencies in the training text (counts [V], or empty) whatever the features are.
  virtual void initialise(std::span<const std::int64_t> counts, at::Generator& random) = 0;
  /// After buffers have been loaded: anew what is derived from them.
  virtual void loaded() {}
};

/// For V words and features of D numbers. `counts` [V] as in VocabularyFacts; what is needed of them later is kept in
/// buffers. `tied` [V, D]: rows to be used in place of an own weight (full, nce, sampled), a parameter of another
/// module. Throws UsageError where the options do not go together.
std::shared_ptr<OutputLayer> make_output_layer(const OutputOptions& options, std::int64_t vocabulary,
                                               std::int64_t width, std::span<const std::int64_t> counts,
                                               const torch::Tensor& tied = {});

/// log((c + ½) / Σ (c + ½)) of each word, [V] float32: half a count more, so that words that never occur get a finite
/// start. All equal where there are no counts.
torch::Tensor log_frequencies(std::span<const std::int64_t> counts, std::int64_t vocabulary);

}  // namespace zoo
