#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace zoo {

/// A training that a study makes for itself, beside those of the rungs.
struct StudyTraining {
  std::string model;               ///< its folder under models/
  std::string title;               ///< for the log
  std::filesystem::path folder;    ///< the run; FOLDER.json beside it keeps its key and what it cost
  Json config;                     ///< sections for --config
  std::vector<std::string> texts;  ///< "--source", FILE, …
  std::string key;                 ///< hash of all that decides its weights
  double minutes = 0;              ///< for all sittings together
};

/// Brings it as far as its minutes go: a finished run, or one whose minutes are spent, is not trained again. Gives what
/// is known of it: "parameters", "minutes", "ended". Throws Error where there are no weights to use, Interrupted on
/// Ctrl-C: the same call goes on from there.
Json train_for_study(const StudyTraining& training);

}  // namespace zoo
