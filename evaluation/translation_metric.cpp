#include "evaluation/translation_metric.h"

#include "base/error.h"

namespace zoo {

std::vector<std::vector<double>> counts_of(const TranslationMetric& metric, const std::vector<std::string>& hypotheses,
                                           const std::vector<std::vector<std::string>>& references) {
  if (hypotheses.size() != references.size()) {
    fail("{}: {} translations, but references for {} sentences", metric.name(), hypotheses.size(), references.size());
  }
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    if (references[i].empty()) fail("{}: sentence {} has no reference", metric.name(), i + 1);
    rows.push_back(metric.counts(hypotheses[i], references[i]));
  }
  return rows;
}

double corpus_score(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts) {
  std::vector<double> sum(counts.empty() ? 0 : counts[0].size(), 0.0);
  for (const auto& row : counts) {
    for (std::size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
  }
  return metric.score(sum);
}

}  // namespace zoo
