#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/translation_metric.h"

namespace zoo {

/// chrF (Popović 2015) as sacrebleu 2.6 computes it, its defaults first.
struct ChrfOptions {
  std::int64_t character_order = 6;  ///< n-grams of 1 … so many characters
  std::int64_t word_order = 0;       ///< and of so many words; 2 makes chrF++ (Popović 2017)
  std::int64_t beta = 2;             ///< recall counts so many times as much as precision
  bool lowercase = false;
  bool whitespace = false;  ///< n-grams of characters run over spaces
  /// Orders that are too long for a sentence count as nearly zero, instead of being left out.
  bool epsilon_smoothing = false;
};

/// F_β of the n-grams' precision and recall, each a mean over the orders. Its counts, for each order: n-grams of the
/// translation (0 where the reference has none of that order), of the reference, and of both. Of several references a
/// sentence is held to the one with the best score.
class ChrfMetric : public TranslationMetric {
 public:
  explicit ChrfMetric(ChrfOptions options = {}) : options_(options) {}
  std::string name() const override;
  std::string signature(std::size_t references) const override;
  bool higher_is_better() const override { return true; }
  std::vector<double> counts(const std::string& hypothesis, const std::vector<std::string>& references) const override;
  double score(const std::vector<double>& counts) const override;

 private:
  ChrfOptions options_;
};

}  // namespace zoo
