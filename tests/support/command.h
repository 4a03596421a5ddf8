#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/process.h"
#include "tests/support/paths.h"

namespace zoo {

struct CommandResult {
  int status = 0;
  std::string output, errors;
  double seconds = 0;
};

/// Runs `zoo` of this build with these words; standard output and error apart.
inline CommandResult run_zoo(std::vector<std::string> words) {
  const TemporaryFolder folder;
  const auto errors = folder.path() / "errors";
  std::vector<std::string> command = {"sh", "-c", "exec \"$@\" 2>\"$0\"", errors.string(), ZOO_BIN_DIR "/zoo"};
  command.insert(command.end(), words.begin(), words.end());
  const auto result = run_process(command);
  return {result.exit_status, result.output, read_file(errors), result.seconds};
}

}  // namespace zoo
