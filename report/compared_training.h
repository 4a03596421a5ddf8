#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "report/compared_text.h"
#include "report/rungs.h"
#include "report/training_plan.h"

namespace zoo {

/// One training of a comparison: a rung with one seed.
struct Training {
  Rung rung;
  int seed = 1;
  std::string name;  ///< its folder in the output: "nnlm", "nnlm-seed2"
  std::filesystem::path folder;
  Json config;                  ///< sections for --config
  std::string key;              ///< hash of all that decides its weights
  Json facts = Json::object();  ///< parameters, peak_memory_bytes
  std::string failed;           ///< why there is nothing to evaluate
};

struct TrainingChoice {
  double minutes = 16;  ///< for all trainings together, those of earlier calls included
  int seeds = 1;
  std::string size = "small";  ///< of models/NAME/configs
  std::filesystem::path output;
  std::string device = "cpu";  ///< for models that are trained by gradient
};

/// Brings every training as far as its share of the minutes goes, by running zoo-train: those that train themselves
/// first, because what they do not need goes to the others; unfinished ones are resumed, finished ones reused.
/// A training that fails costs only itself. Throws Interrupted on Ctrl-C: the same call goes on from there.
std::vector<Training> run_trainings(const std::vector<Rung>& rungs, const ComparedText& text,
                                    const TrainingChoice& choice);

}  // namespace zoo
