#pragma once

#include <string>
#include <vector>

#include "report/study.h"

namespace zoo {

/// A study whose result stands in a report, as page and Markdown show it.
struct ShownStudy {
  std::string name, title, claim;
  StudyView view;  ///< every chart has its "place": "study-NAME"
};

/// Those of `list` that report["studies"] has a result for, in the order of `list`. A result that its study cannot
/// read, perhaps of another version, is left out with a warning; so is a chart without what its kind needs.
std::vector<ShownStudy> shown_studies(const Json& report, const std::vector<const Study*>& list = studies());

}  // namespace zoo
