#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/progress.h"
#include "formats/tensorboard_events.h"
#include "runs/run_folder.h"
#include "training/options.h"

namespace zoo {

/// One sitting of a training, from start or --resume to its end, a limit or Ctrl-C: its clock, limits, metrics and
/// progress bar. The same for models trained by gradient and those that train themselves.
class Sitting {
 public:
  /// `step` and `seconds`: where earlier sittings left off; metrics.jsonl is cut back to `step`. One that does not
  /// write, beside another process that does, leaves the folder alone.
  Sitting(const RunFolder& run, const SittingOptions& options, std::int64_t step, double seconds, bool writes = true);

  double seconds() const;  ///< of training, over all sittings
  /// Why to stop before step + 1, if a limit says so.
  std::optional<std::string> limit_reached(std::int64_t step, bool time_is_up) const;
  bool time_is_up() const;
  /// True when a state should be saved at `step`; saved() starts the wait anew.
  bool checkpoint_due(std::int64_t step) const;
  void saved(std::int64_t step);

  /// Appends a line to metrics.jsonl, "seconds" added, and to TensorBoard's events where they are wanted.
  void write_metrics(Json line);

  /// The bar counts tokens: `done` of `total`.
  void show(double done, double total, const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;
  SittingOptions options_;
  std::optional<MetricsLog> metrics_;
  std::optional<TensorboardEvents> events_;
  double seconds_before_;
  Clock::time_point start_, saved_at_;
  std::int64_t saved_step_;
  std::unique_ptr<Progress> progress_;
};

/// What came of a training.
struct TrainingOutcome {
  bool finished = false;  ///< came to its own end, not to a limit
  std::string reason;     ///< "all epochs", "validation stopped improving", "time limit", "step limit"
  std::int64_t steps = 0;
  double epochs = 0, seconds = 0;
  std::optional<double> best_valid_loss;   ///< nats a unit
  std::optional<double> best_valid_score;  ///< where something else than the loss told the best weights
  std::int64_t best_step = 0;
  int processes = 1;
  double bytes_sent_per_step = 0;  ///< by each of several processes

  Json to_json() const;
};

/// The memory this process now holds, in bytes.
double resident_bytes();

}  // namespace zoo
