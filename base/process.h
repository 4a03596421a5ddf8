#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

struct ProcessResult {
  int exit_status = 0;           ///< 128 + signal where a signal ended it
  std::string output;            ///< its standard output, where captured
  double seconds = 0;            ///< wall clock
  std::uint64_t peak_bytes = 0;  ///< its peak resident memory
};

/// Runs a program (found in PATH where it has no slash) and waits; standard error goes to ours, standard input is
/// empty. No shell. Our own Ctrl-C (interrupted()) is passed on to it once, and it ends with us if we are killed.
/// Throws Error if it cannot be started; a failing program is for the caller to judge.
ProcessResult run_process(const std::vector<std::string>& words, bool capture_output = true);

/// Becomes a sister program, one that lies beside the running executable, with these words. Throws Error if it cannot
/// be started.
[[noreturn]] void become_sister(const std::string& program, std::vector<std::string> words);

/// Where the running executable lies, so that `zoo` finds its sisters.
std::filesystem::path executable_folder();

}  // namespace zoo
