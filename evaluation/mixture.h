#pragma once

#include <cstdint>
#include <vector>

#include "evaluation/perplexity.h"
#include "models/model.h"

namespace zoo {

/// Linear interpolation of two language models over one vocabulary,
///   P(w | h) = (1 − λ) P_model(w | h) + λ P_other(w | h)
/// with one λ or one for each bin of how often the other model has seen h (models/context_frequency.h): Bengio et al.
/// (2003), section 3.1. Mixed word by word: the distributions of both sum to one, and so does that of the mixture.
struct MixtureWeights {
  double other = 0.5;                ///< λ; with bins, of those that the learning text lacks
  std::vector<double> by_bin;        ///< [bins] or empty
  std::vector<std::int64_t> tokens;  ///< [bins] tokens of the learning text in each
};

/// What two models say of each token of a text.
struct PairScores {
  std::vector<float> model, other;  ///< [N] natural-log probabilities
  std::vector<std::int32_t> bins;   ///< [N] or empty
  std::int64_t bin_count = 0;
};

/// Reads the corpus once with both. `by_frequency` needs an `other` that is a ContextFrequency; throws Error where it
/// is none.
PairScores score_pair(const NextWord& model, const NextWord& other, const Corpus& corpus, bool by_frequency);

/// The weights that make the text likeliest, by EM from 0.5 until no weight moves by 1e-6 (at most 1,000 rounds). Each
/// bin starts from the weight learned on all tokens, which counts like 5 tokens seen in it, as in deleted
/// interpolation.
MixtureWeights learn_weights(const PairScores& scores);

/// Perplexities on one text, of each model alone and of both mixed.
struct MixturePerplexity {
  Perplexity model, other, mixture;
};

MixturePerplexity mixture_perplexity(const PairScores& scores, const MixtureWeights& weights, const Corpus& corpus);
/// The same without keeping what is said of each token.
MixturePerplexity mixture_perplexity(const NextWord& model, const NextWord& other, const MixtureWeights& weights,
                                     const Corpus& corpus);

/// A mixture with one λ as a language model of its own; the two must outlive it. Its State is that of both.
class Mixture : public NextWord {
 public:
  /// Throws UsageError for a λ outside 0 … 1.
  Mixture(const NextWord& model, const NextWord& other, double weight_of_other);
  Tensor score(const Batch& batch, State& state) const override;
  Tensor next(const Tensor& context) const override;
  Tensor advance(const Tensor& words, State& state) const override;

 private:
  Tensor mix(const Tensor& model, const Tensor& other) const;

  const NextWord &model_, &other_;
  double weight_;
};

}  // namespace zoo
