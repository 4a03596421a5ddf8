#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "report/training_plan.h"

namespace zoo {

/// A call of zoo-train for a comparison, or for a study of it.
struct TrainerCall {
  std::string model;                  ///< its folder under models/
  std::string title;                  ///< for the log
  std::vector<std::string> texts;     ///< "--input", FILE, …
  std::filesystem::path config_file;  ///< where `config` is written for it
  Json config;                        ///< sections for --config
  int seed = 1;
  double minutes = 0;  ///< for all sittings together
  std::filesystem::path folder;
  Step step = Step::train;
};

struct TrainerAnswer {
  int exit_status = 0;
  Json outcome = Json::object();  ///< what it printed; empty where it failed
  std::uint64_t peak_bytes = 0;
};

/// Makes room for a training that is made anew; nothing for other steps. Before its key is noted: what was made with
/// other settings must never stand beside the new key.
void clear_place(Step step, const std::filesystem::path& folder);

/// Trains, or goes on where `step` says so, in a process of its own: `zoo-train NAME`, or the model's own
/// `zoo-train-NAME`. Throws Interrupted on Ctrl-C: the same call goes on from there.
TrainerAnswer call_trainer(const TrainerCall& call);

}  // namespace zoo
