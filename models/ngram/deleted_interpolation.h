#pragma once

#include <vector>

#include "models/ngram/smoothing.h"

namespace zoo::ngram {

/// Deleted interpolation (Jelinek & Mercer 1980) as Bengio et al. (2003, section 4.2) used it:
///   P(w | h) = Σ_{k=0}^{n} α_k(q) p_k(w | h),   q = ⌈ln(1 + c(h))⌉
/// p_0 = 1 / V, p_1 … p_n the relative frequencies of unigram … n-gram; c(h) how often the longest context, n − 1
/// words, was seen. α is learned by EM on blocks of the training text that took no part in the counts; then p_k is
/// counted from all of it.
/// Deviations: q is the paper's ⌈−ln((1 + c)/T)⌉ counted from the other end, so that it means the same in the shorter
/// text that the weights are fitted on; after a context never seen p_k = p_{k−1}; in EM each bucket starts from the
/// weights fitted on all buckets together, which count like 5 words seen in it (and those start from 1/(n + 1), which
/// counts like one), so that no weight becomes nought. 30 iterations.
class DeletedInterpolation : public Smoothing {
 public:
  /// `counts` with its held-out counts.
  explicit DeletedInterpolation(const Counts& counts);
  DeletedInterpolation(const Counts& counts, SavedParts& saved);

  double probability(const Nodes& contexts, const Nodes& found) const override;
  void distribution(const Nodes& contexts, std::span<double> probabilities) const override;
  /// By the buckets of the weights: how often the longest context was seen.
  std::int64_t context_bins() const override;
  std::int64_t context_bin(const Nodes& contexts) const override;
  Parts parts() override;

 private:
  void sum_contexts();
  double total(std::size_t length, Node context) const;
  const double* weights_after(const Nodes& contexts) const;

  const Counts& counts_;
  std::vector<std::vector<std::int32_t>> totals_;  ///< [n][N_k] c(h ·) by the context's length
  std::vector<double> weights_;                    ///< [buckets · (n + 1)]
};

}  // namespace zoo::ngram
