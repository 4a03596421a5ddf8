#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace zoo {

/// One process of a group that `zoo launch` starts on this machine.
struct Child {
  int rank = 0;
  pid_t id = -1;
  int errors = -1;         ///< the end of a pipe from its standard error; −1 for rank 0, which writes to ours
  std::string last_words;  ///< the end of what came through it
  bool running = true;
  int status = 0;  ///< as waitpid gives it, once it runs no more

  bool failed() const { return !running && status != 0; }
  bool interrupted() const { return !running && exit_status() == 130; }  ///< after saving
  int exit_status() const;                                               ///< 128 + signal where a signal ended it
};

/// Starts the words with these variables ("NAME=value") added to our environment; it ends with us if we are killed.
/// Rank 0 has our standard output and error; what the others print is not shown.
Child start_child(int rank, const std::vector<std::string>& words, const std::vector<std::string>& variables);

/// Waits, at most `milliseconds`, for something to happen; then takes in what was said and who has ended.
void watch(std::vector<Child>& children, int milliseconds);

void signal_all(const std::vector<Child>& children, int signal);

/// A port of this machine that is free now.
int free_port();

}  // namespace zoo
