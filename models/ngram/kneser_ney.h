#pragma once

#include <array>
#include <memory>
#include <vector>

#include "models/ngram/smoothing.h"

namespace zoo::ngram {

/// Interpolated modified Kneser–Ney (Chen & Goodman 1998, section 4.1.7 and appendix).
///   P_k(w | h) = max(c(h w) − D(c(h w)), 0) / c(h ·) + γ(h) P_{k−1}(w | h'),   P_0 = 1 / V
///   γ(h) = (D1 N1(h ·) + D2 N2(h ·) + D3 N3+(h ·)) / c(h ·);  h' is h without its first word
/// c counts the text's n-grams at the highest order and, below it, the different words that come before: N1+(· h w).
/// After a context never seen P_k = P_{k−1}. D1, D2, D3+ of each order come from its counts of counts n1 … n4:
///   Y = n1 / (n1 + 2 n2),  D_i = i − (i + 1) Y n_{i+1} / n_i
/// Deviation: where one of n1 … n4 is nought or a D_i falls outside (0, i] (a tiny text), D = 0.5, 1, 1.5.
///
/// Kept as the sums themselves: P_k of each seen k-gram and γ of each context, so that the probability of a word is
/// that of the longest n-gram seen times the γ of the longer contexts.
class KneserNey : public Smoothing {
 public:
  explicit KneserNey(const Counts& counts);
  KneserNey(const Counts& trie, SavedParts& saved);

  double probability(const Nodes& contexts, const Nodes& found) const override;
  void distribution(const Nodes& contexts, std::span<double> probabilities) const override;
  Parts parts() override;

 private:
  void estimate_level(int length, const std::vector<std::int32_t>& adjusted, const std::vector<Node>& suffixes);

  const Counts& trie_;
  std::vector<std::vector<float>> probabilities_;  ///< [n][N_k] by k − 1
  std::vector<std::vector<float>> back_offs_;      ///< [n][N_k] by the context's length k; k = 0 has one
  std::vector<double> discounts_;                  ///< [n · 3] D1, D2, D3+ of each order
};

}  // namespace zoo::ngram
