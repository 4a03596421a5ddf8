#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace zoo {

/// What sister programs answered, kept in a file from call to call, so that a comparison that is made again asks
/// nothing twice.
class KeptAnswers {
 public:
  /// Reads `file` if it is there; every new answer is written into it at once.
  explicit KeptAnswers(std::filesystem::path file);
  /// Runs the sister program ("zoo-evaluate") with these words and --json and returns what it printed. An answer that
  /// was given before is returned unasked if the program, its words and `key` — a hash of all else that decides it,
  /// such as the contents of the files that the words name — are the same. Throws Interrupted where it was stopped and
  /// Error where it failed.
  Json ask(const std::string& program, const std::vector<std::string>& words, const std::string& key);

 private:
  std::filesystem::path file_;
  Json kept_ = Json::object();
};

}  // namespace zoo
