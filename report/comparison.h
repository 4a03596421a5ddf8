#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/json.h"

namespace zoo {

struct ComparisonOptions {
  std::vector<std::string> input, models, words;
  std::string tokenizer;
  double minutes = 16;
  std::int64_t seeds = 1;
  std::string output = "runs/compare";
  std::string config;
  std::string device = "cpu";
  bool plain = false;

  void fields(Fields& f);
};

/// Trains what is missing, evaluates all on the same text, and writes OUTPUT/report.json, report.html and report.md.
/// Returns report.json's content. `command` is what the user typed, for the page. Throws Interrupted on Ctrl-C, after
/// which the same call goes on; Error where nothing could be compared.
Json compare_models(const ComparisonOptions& options, const std::string& command);

}  // namespace zoo
