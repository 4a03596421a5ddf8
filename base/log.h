#pragma once

#include <string_view>

namespace zoo {

/// Everything for the reader's eye goes to standard error; standard output is for results. --quiet silences all
/// but errors. Safe to call from several threads.
void set_quiet(bool quiet);
bool quiet();

/// Quiet as long as it lives, then as before.
class Silence {
 public:
  Silence() : before_(quiet()) { set_quiet(true); }
  ~Silence() { set_quiet(before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  bool before_;
};

void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

}  // namespace zoo
