#include "base/progress.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "base/log.h"

namespace zoo {
namespace {

std::atomic<bool> bar_shown = false;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Progress::Progress(std::string what, double total, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), total_(total), start_(Clock::now()), shown_(start_) {
  terminal_ = ::isatty(STDERR_FILENO) != 0;
}

Progress::~Progress() {
  if (done_ > first_) print(true);
}

void Progress::start_at(double done) {
  first_ = done_ = done;
  start_ = Clock::now();
}

void Progress::ends_within(double seconds) {
  latest_end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double Progress::per_second() const {
  const auto seconds = seconds_since(start_);
  return seconds > 0 ? (done_ - first_) / seconds : 0;
}

void Progress::update(double done, const std::string& note) {
  done_ = done;
  note_ = note;
  if (seconds_since(shown_) >= (terminal_ ? 0.1 : 10.0)) print(false);
}

void Progress::print(bool last) {
  if (quiet()) return;
  shown_ = Clock::now();
  const auto speed = per_second();
  std::string line = what_;
  if (total_ > 0) {
    const auto share = std::min(1.0, done_ / total_);
    line += fmt::format(" {:3.0f}%", 100 * share);
    if (terminal_) {
      const int filled = static_cast<int>(std::lround(20 * share));
      line += " |";
      for (int i = 0; i < 20; ++i) line += i < filled ? "█" : " ";
      line += "|";
    }
    line += fmt::format(" {}/{} {}", short_number(done_), short_number(total_), unit_);
  } else {
    line += fmt::format(" {} {}", short_number(done_), unit_);
  }
  line += fmt::format("  {}/s", short_number(speed));
  if (last) {
    line += fmt::format("  in {}", clock_text(seconds_since(start_)));
  } else if (total_ > 0 && speed > 0) {
    const std::chrono::duration<double> left = latest_end_ - Clock::now();
    line += fmt::format("  ETA {}", clock_text(std::min((total_ - done_) / speed, left.count())));
  }
  if (!note_.empty()) line += "  " + note_;
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), last ? "\n" : "");
    bar_shown = !last;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void hide_progress() {
  if (bar_shown.exchange(false)) std::fputs("\r\033[K", stderr);
}

std::string short_number(double number) {
  const auto size = std::abs(number);
  if (size >= 1e9) return fmt::format("{:.2f}G", number / 1e9);
  if (size >= 1e6) return fmt::format("{:.2f}M", number / 1e6);
  if (size >= 1e3) return fmt::format("{:.1f}k", number / 1e3);
  return fmt::format("{:.0f}", number);
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bytes_text(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
  if (bytes >= 1e6) return fmt::format("{:.1f} MB", bytes / 1e6);
  if (bytes >= 1e3) return fmt::format("{:.1f} kB", bytes / 1e3);
  return fmt::format("{:.0f} B", bytes);
}

}  // namespace zoo
