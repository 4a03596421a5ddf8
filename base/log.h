#pragma once

#include <string_view>

namespace zoo {

/// Everything for the reader's eye goes to standard error; standard output is for results. --quiet silences all
/// but errors. Safe to call from several threads.
void set_quiet(bool quiet);
bool quiet();

void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

}  // namespace zoo
