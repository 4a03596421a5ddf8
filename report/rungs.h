#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace zoo {

/// A row of the comparison: one variant of one model, as `zoo-train --list --json` tells of it.
struct Rung {
  std::string model;  ///< the folder under models/
  std::string name;   ///< the variant: its key in report.json and its folder in the output
  std::string title;
  int step = 0;                        ///< place on the road
  bool trains_itself = false;          ///< by counts or its own loop, which ends after its epochs: these go first
  Json options;                        ///< what makes the variant, on top of the model's defaults
  std::vector<std::string> abilities;  ///< "next_word", "cloze", "word_vectors", …
  bool can(const std::string& ability) const;
};

/// From the list [{"kind", "title", "step", "variants": [{"name", "title", "options", "abilities", "trains_itself"}]}],
/// in the order of the road; `models` picks by folder, empty for all. Throws UsageError for a model that is not there.
std::vector<Rung> rungs_of(const Json& list, const std::vector<std::string>& models);

/// Where models/NAME/configs lie: beside the built program, or installed with it. Nothing if they are not there.
std::optional<std::filesystem::path> models_folder();

/// models/MODEL/configs/SIZE_VARIANT.json, else SIZE.json (the variant's name with _ for -), with the variant's own
/// options on top: {"model": {…}, "training": {…}}. Sections on text and tokenizer are left out: those are the
/// comparison's.
Json rung_config(const Rung& rung, const std::string& size, const std::optional<std::filesystem::path>& models);

}  // namespace zoo
