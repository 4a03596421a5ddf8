#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace zoo {

/// What to do about one training of a comparison.
enum class Step {
  train,   ///< there is nothing yet
  resume,  ///< it stands unfinished and has time left
  reuse,   ///< it is finished, or its share is spent
  anew,    ///< it was made with other settings: made again in its place
};

/// What is known of a training that stands in the output folder.
struct Standing {
  bool is_run = false;    ///< there is a run folder
  bool usable = false;    ///< it has weights
  bool finished = false;  ///< it came to its own end
  double minutes = 0;     ///< of training, over all sittings
  std::string key;        ///< of the settings it was made with; empty if zoo compare did not make it
};

/// A share below this is not worth a start.
inline constexpr double kLeastMinutes = 0.02;

/// What each unfinished training may spend in all, so that together they spend `budget` minutes: what the finished
/// ones did not need goes to the others.
double share_of_each(double budget, const std::vector<Standing>& all);

/// What to do about one, when each may spend `share` minutes in all. Throws Error, naming `folder` and the way out,
/// for a run that zoo compare did not make: it is never overwritten.
Step next_step(const Standing& standing, const std::string& key, double share, const std::filesystem::path& folder);

/// Reads what stands in `folder`; `key` as zoo compare noted it.
Standing standing_of(const std::filesystem::path& folder, const std::string& key);

/// Why a training ended, for the tables: "validation stopped improving", "all epochs done", "its share was spent".
std::string ending_text(const std::filesystem::path& folder);

}  // namespace zoo
