#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "evaluation/translation_metric.h"

namespace zoo {

/// What chance alone would do to a score, from resampled tests.
struct Spread {
  double mean = 0;  ///< over the resamples
  double half = 0;  ///< half the width of the interval that holds 95 % of them
};

struct Significance {
  double score = 0, other_score = 0;
  Spread spread, other_spread;
  double p_value = 1;  ///< of the difference, two-sided: under 0.05 chance alone is an unlikely reason
  std::int64_t samples = 0;
};

/// Draws the number of a sentence: called once for each sentence of each resampled test, in that order.
using Draw = std::function<std::size_t()>;

/// Paired bootstrap (Koehn 2004), as sacrebleu and Moses do it: both systems are scored on the same tests, each of as
/// many sentences drawn with replacement; p = (1 + the number of tests where |difference| less its mean goes beyond
/// the difference on the whole test) / (1 + tests), and 1 where that is none. `counts` and `other_counts` are rows of
/// metric.counts(). Throws Error where they are not of the same sentences.
Significance paired_bootstrap(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts,
                              const std::vector<std::vector<double>>& other_counts, std::int64_t samples,
                              const Draw& draw);
/// The same with draws of our own generator.
Significance paired_bootstrap(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts,
                              const std::vector<std::vector<double>>& other_counts, std::int64_t samples = 1000,
                              std::uint64_t seed = 1);

}  // namespace zoo
