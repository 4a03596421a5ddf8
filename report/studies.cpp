#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "report/study.h"
#include "report/study_tags.h"

namespace zoo {

const std::vector<const Study*>& studies() {
  static const std::vector<const Study*> list = {&tags_study()};
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
