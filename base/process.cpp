#include "base/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/error.h"

extern char** environ;

namespace zoo {

ProcessResult run_process(const std::vector<std::string>& words, bool capture_output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (capture_output) {
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot run {}: {}", words.front(), std::strerror(errno));
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  }
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (capture_output) ::close(ends[1]);
  if (error != 0) {
    if (capture_output) ::close(ends[0]);
    fail("cannot run {}: {}", words.front(), std::strerror(error));
  }
  ProcessResult result;
  if (capture_output) {
    char piece[1 << 16];
    while (true) {
      const auto got = ::read(ends[0], piece, sizeof piece);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      result.output.append(piece, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
  }
  int status = 0;
  struct rusage usage {};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  result.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return result;
}

std::filesystem::path executable_folder() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

}  // namespace zoo
