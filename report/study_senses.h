#pragma once

#include "report/study.h"

namespace zoo {

/// "The same word gets a different K": how alike a word's vectors are in different sentences, for every rung that gives
/// words vectors of their sentence.
class SensesStudy : public Study {
 public:
  std::string_view name() const override { return "senses"; }
  std::string_view title() const override { return "The same word gets a different K"; }
  std::string_view claim() const override {
    return "One word has one vector in Word2Vec, whatever it means; in ELMo its sentence goes into its vector K, so "
           "that "
           "several meanings come apart (Peters et al. 2018). Measured as by Ethayarajh (2019): the mean cosine "
           "between "
           "two occurrences of the same word.";
  }
  /// {"words": [those measured], "models": {NAME: {"title", and what zoo evaluate --task occurrences says}}}; maps are
  /// kept of the first two words that have telling neighbours.
  Json measure(const StudyInput& input) const override;
  StudyView view(const Json& report, const Json& result) const override;
};

}  // namespace zoo
