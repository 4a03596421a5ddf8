#pragma once

#include <vector>

#include "models/ngram/counts.h"

namespace zoo::ngram {

/// A model in back-off form: the probability of a word is that of the longest n-gram seen times the back-off weights
/// of the longer contexts.
struct BackOffWeights {
  std::vector<std::vector<float>> probabilities;  ///< [n][N_k] by k − 1
  std::vector<std::vector<float>> back_offs;      ///< [n][N_k] by the context's length k; k = 0 has one
};

struct KneserNeyEstimate {
  BackOffWeights weights;
  std::vector<double> discounts;  ///< [n · 3] D1, D2, D3+ of each order
};

/// Interpolated modified Kneser–Ney (Chen & Goodman 1998, section 4.1.7 and appendix).
///   P_k(w | h) = max(c(h w) − D(c(h w)), 0) / c(h ·) + γ(h) P_{k−1}(w | h'),   P_0 = 1 / V
///   γ(h) = (D1 N1(h ·) + D2 N2(h ·) + D3 N3+(h ·)) / c(h ·);  h' is h without its first word
/// c counts the text's n-grams at the highest order and, below it, the different words that come before: N1+(· h w).
/// After a context never seen P_k = P_{k−1}. D1, D2, D3+ of each order come from its counts of counts n1 … n4:
///   Y = n1 / (n1 + 2 n2),  D_i = i − (i + 1) Y n_{i+1} / n_i
/// Deviation: where one of n1 … n4 is nought or a D_i falls outside (0, i] (a tiny text), D = 0.5, 1, 1.5.
///
/// Kept as the sums themselves, P_k of each seen k-gram and γ of each context: the back-off form. The same numbers for
/// any number of threads.
KneserNeyEstimate estimate_kneser_ney(const Counts& counts, int threads = 1);

}  // namespace zoo::ngram
