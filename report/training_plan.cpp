#include "report/training_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

/// Minutes of training as the last line of metrics.jsonl that has a clock tells them.
double minutes_of(const RunFolder& run) {
  double seconds = run.config().value("outcome", Json::object()).value("seconds", 0.0);
  for (const auto& line : MetricsLog::read(run.metrics_file())) seconds = std::max(seconds, line.value("seconds", 0.0));
  return seconds / 60;
}

}  // namespace

double share_of_each(double budget, const std::vector<Standing>& all) {
  double left = budget;
  std::size_t waiting = 0;
  for (const auto& one : all) {
    if (one.finished) {
      left -= one.minutes;
    } else {
      ++waiting;
    }
  }
  return waiting == 0 ? 0 : std::max(0.0, left / static_cast<double>(waiting));
}

Step next_step(const Standing& standing, const std::string& key, double share, const std::filesystem::path& folder) {
  if (!standing.is_run) return Step::train;
  if (standing.key.empty()) {
    fail("{}: a run that zoo compare did not make; give another --output, or move it away", folder.string());
  }
  if (standing.key != key) return Step::anew;
  if (standing.finished) return Step::reuse;
  if (!standing.usable || share - standing.minutes >= kLeastMinutes) return Step::resume;
  return Step::reuse;
}

Standing standing_of(const std::filesystem::path& folder, const std::string& key) {
  Standing standing{.key = key};
  if (!RunFolder::is_run(folder)) return standing;
  standing.is_run = true;
  const auto run = RunFolder::open(folder);
  standing.usable = std::filesystem::exists(run.weights_file());
  standing.finished = standing.usable && run.finished();
  standing.minutes = minutes_of(run);
  return standing;
}

std::string ending_text(const std::filesystem::path& folder) {
  const auto outcome = RunFolder::open(folder).config().value("outcome", Json::object());
  if (outcome.empty()) return "interrupted";
  const auto reason = outcome.value("reason", std::string());
  if (reason == "time limit") return "its share was spent";
  if (reason == "all epochs") return fmt::format("all epochs done ({:.3g})", outcome.value("epochs", 0.0));
  return reason.empty() ? "done" : reason;
}

}  // namespace zoo
