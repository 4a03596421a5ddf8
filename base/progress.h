#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace zoo {

/// A live bar on a terminal, a plain line now and then elsewhere, nothing with --quiet; on standard error.
///   training  42% |████████            | 1.2M/2.9M tokens  18.3k/s  ETA 1:33  loss 5.43
class Progress {
 public:
  /// `total` 0: not known (no percentage, no ETA).
  Progress(std::string what, double total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` counts from the start of the work; a resumed one says at once where it begins, so that speed is honest.
  void start_at(double done);
  void update(double done, const std::string& note = {});
  /// The work ends at the latest in so many seconds from now: no ETA goes beyond that.
  void ends_within(double seconds);
  double per_second() const;

 private:
  void print(bool last);
  std::string what_, unit_, note_;
  double total_, done_ = 0, first_ = 0;
  std::chrono::steady_clock::time_point start_, shown_, latest_end_ = std::chrono::steady_clock::time_point::max();
  bool terminal_;
};

/// Clears a live bar's line so that other text can be printed; the bar comes back at its next update.
void hide_progress();

/// "1.2M", "18.3k", "950".
std::string short_number(double number);
/// "0:07", "12:30", "3:05:10".
std::string clock_text(double seconds);
/// "512 B", "1.5 GB".
std::string bytes_text(double bytes);

}  // namespace zoo
