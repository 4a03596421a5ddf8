#pragma once

#include "report/study.h"

namespace zoo {

/// "Words enter together, not in a queue": what zoo bench parallelism says, as it is, is the result.
class ParallelismStudy : public Study {
 public:
  std::string_view name() const override { return "parallelism"; }
  std::string_view title() const override { return "Words enter together, not in a queue"; }
  std::string_view claim() const override {
    return "In a Transformer all words enter at once, each on its own path, while an LSTM reads one after another "
           "(the notes; Vaswani et al. 2017, table 1)";
  }
  /// Null where no model of the comparison has attention.
  Json measure(const StudyInput& input) const override;
  StudyView view(const Json& report, const Json& result) const override;
};

}  // namespace zoo
