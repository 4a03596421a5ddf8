#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/translation_metric.h"

namespace zoo {

/// The edits that turn one sentence into another: insertions, deletions and substitutions of words, and shifts of
/// whole phrases, each of which counts one (Snover et al. 2006). Finding the least number is too hard: as in Tercom,
/// the shift that saves most is taken again and again, among phrases of at most 10 words that stand in both sentences
/// at most 50 places apart, and distances are looked for within 25 places of the diagonal. An empty reference costs as
/// many edits as there are words.
std::int64_t translation_edits(const std::vector<std::string>& hypothesis, const std::vector<std::string>& reference);

/// TER as sacrebleu 2.6 computes it: 100 · edits / words of the reference, words at spaces in lower case. Of several
/// references the one with the least edits counts, over the mean of their lengths. Counts: edits, words.
class TerMetric : public TranslationMetric {
 public:
  explicit TerMetric(bool case_sensitive = false) : case_sensitive_(case_sensitive) {}
  std::string name() const override { return "TER"; }
  std::string signature(std::size_t references) const override;
  bool higher_is_better() const override { return false; }
  std::vector<double> counts(const std::string& hypothesis, const std::vector<std::string>& references) const override;
  double score(const std::vector<double>& counts) const override;

 private:
  bool case_sensitive_;
};

}  // namespace zoo
