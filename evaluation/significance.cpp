#include "evaluation/significance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace zoo {
namespace {

Spread spread_of(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  const auto cut = scores.size() / 40;
  return {std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size()),
          (scores[scores.size() - 1 - cut] - scores[cut]) / 2};
}

void add(std::vector<double>& sum, const std::vector<double>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
}

}  // namespace

Significance paired_bootstrap(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts,
                              const std::vector<std::vector<double>>& other_counts, std::int64_t samples,
                              const Draw& draw) {
  if (counts.size() != other_counts.size() || counts.empty()) {
    fail("significance: {} and {} translations; both systems must translate the same sentences", counts.size(),
         other_counts.size());
  }
  Significance result{
      .score = corpus_score(metric, counts), .other_score = corpus_score(metric, other_counts), .samples = samples};
  std::vector<double> scores, other_scores, differences;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    std::vector<double> sum(counts[0].size(), 0.0), other_sum(counts[0].size(), 0.0);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto sentence = draw();
      add(sum, counts.at(sentence));
      add(other_sum, other_counts.at(sentence));
    }
    scores.push_back(metric.score(sum));
    other_scores.push_back(metric.score(other_sum));
    differences.push_back(std::abs(scores.back() - other_scores.back()));
  }
  const auto mean = std::accumulate(differences.begin(), differences.end(), 0.0) /
                    static_cast<double>(std::max<std::int64_t>(1, samples));
  const auto real = std::abs(result.score - result.other_score);
  const auto beyond =
      std::count_if(differences.begin(), differences.end(), [&](double one) { return one - mean > real; });
  if (real > 0) result.p_value = static_cast<double>(beyond + 1) / static_cast<double>(samples + 1);
  if (samples > 0) {
    result.spread = spread_of(std::move(scores));
    result.other_spread = spread_of(std::move(other_scores));
  }
  return result;
}

Significance paired_bootstrap(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts,
                              const std::vector<std::vector<double>>& other_counts, std::int64_t samples,
                              std::uint64_t seed) {
  Random random(seed);
  return paired_bootstrap(metric, counts, other_counts, samples,
                          [&] { return static_cast<std::size_t>(random.below(counts.size())); });
}

}  // namespace zoo
