#include "base/log.h"

#include <atomic>
#include <cstdio>
#include <string>

#include "base/progress.h"

namespace zoo {
namespace {

std::atomic<bool> is_quiet = false;

void print(std::string_view mark, std::string_view line) {
  hide_progress();
  const auto text = std::string(mark) + std::string(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void set_quiet(bool quiet) { is_quiet = quiet; }
bool quiet() { return is_quiet; }

void log_info(std::string_view line) {
  if (!is_quiet) print("", line);
}
void log_warning(std::string_view line) {
  if (!is_quiet) print("warning: ", line);
}
void log_error(std::string_view line) { print("zoo: ", line); }

}  // namespace zoo
