#pragma once

#include <vector>

#include "models/ngram/kneser_ney.h"
#include "models/ngram/smoothing.h"

namespace zoo::ngram {

/// Reads probabilities off a model in back-off form: one that Kneser–Ney made, or of an ARPA file.
///   P(w | h) = p(h w) where the n-gram h w is known, else b(h) P(w | h'),   b(h) = 1 where h is not known
class BackOff : public Smoothing {
 public:
  BackOff(const Counts& trie, BackOffWeights weights) : trie_(trie), weights_(std::move(weights)) {}
  BackOff(const Counts& trie, KneserNeyEstimate estimate)
      : trie_(trie), weights_(std::move(estimate.weights)), discounts_(std::move(estimate.discounts)) {}
  /// Throws Error naming the tensor that is missing or cannot be true. `kneser_ney`: discounts are among them, and
  /// back-off weights are probabilities too.
  BackOff(const Counts& trie, SavedParts& saved, bool kneser_ney);

  double probability(const Nodes& contexts, const Nodes& found) const override;
  void distribution(const Nodes& contexts, std::span<double> probabilities) const override;
  /// By the longest context that is known and, within its length, by how many different words were seen to follow it:
  /// counts are not kept.
  std::int64_t context_bins() const override;
  std::int64_t context_bin(const Nodes& contexts) const override;
  Parts parts() override;

  const BackOffWeights& weights() const { return weights_; }

 private:
  const Counts& trie_;
  BackOffWeights weights_;
  std::vector<double> discounts_;  ///< empty where the numbers come from elsewhere
};

}  // namespace zoo::ngram
