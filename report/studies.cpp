#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "report/study.h"
#include "report/study_parallelism.h"
#include "report/study_senses.h"
#include "report/study_tags.h"
#include "report/study_translation.h"

namespace zoo {

const std::vector<const Study*>& studies() {
  static const SensesStudy senses;
  static const ParallelismStudy parallelism;
  static const TranslationStudy translation;
  static const std::vector<const Study*> list = {&senses, &tags_study(), &parallelism, &translation};
  return list;
}

Json measure_studies(const StudyInput& input) {
  Json results = Json::object();
  for (const auto* study : studies()) {
    try {
      log_info(fmt::format("── {}", study->title()));
      auto result = study->measure(input);
      if (!result.is_null()) results[std::string(study->name())] = std::move(result);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      log_warning(fmt::format("{}: {}", study->title(), error.what()));
      input.left_out.push_back({{"what", study->title()}, {"why", error.what()}});
    }
  }
  return results;
}

}  // namespace zoo
