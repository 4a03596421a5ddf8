#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/interrupt.h"

namespace zoo {
namespace {

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char** arguments, int output, int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  if (output >= 0) ::dup2(output, STDOUT_FILENO);
  ::execvp(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& words, bool capture_output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int output[2] = {-1, -1}, report[2] = {-1, -1};  // its standard output; the errno of an exec that failed
  if (::pipe2(report, O_CLOEXEC) != 0 || (capture_output && ::pipe2(output, O_CLOEXEC) != 0)) {
    fail("cannot run {}: {}", words.front(), std::strerror(errno));
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) fail("cannot run {}: {}", words.front(), std::strerror(errno));
  if (child == 0) become(arguments.data(), output[1], report[1]);
  ::close(report[1]);
  if (capture_output) ::close(output[1]);
  int error = 0;
  while (::read(report[0], &error, sizeof error) < 0 && errno == EINTR) {
  }
  ::close(report[0]);

  ProcessResult result;
  int status = 0;
  struct rusage usage {};
  bool told = false, open = capture_output, running = true;
  const auto read_some = [&] {
    char piece[1 << 16];
    const auto got = ::read(output[0], piece, sizeof piece);
    if (got > 0) result.output.append(piece, static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  };
  while (running) {
    if (interrupted() && !told) {
      ::kill(child, SIGINT);
      told = true;
    }
    struct pollfd waiting = {output[0], POLLIN, 0};
    if (::poll(&waiting, open ? 1 : 0, open ? 100 : 10) > 0) open = read_some();
    const auto ended = ::wait4(child, &status, WNOHANG, &usage);
    running = ended == 0 || (ended < 0 && errno == EINTR);
  }
  if (open) {  // what is still in the pipe; a grandchild may hold its other end for longer
    ::fcntl(output[0], F_SETFL, O_NONBLOCK);
    while (read_some()) {
    }
  }
  if (capture_output) ::close(output[0]);
  if (error != 0) fail("cannot run {}: {}", words.front(), std::strerror(error));
  result.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return result;
}

void become_sister(const std::string& program, std::vector<std::string> words) {
  const auto path = (executable_folder() / program).string();
  words.insert(words.begin(), path);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(path.c_str(), arguments.data());
  fail("{}: cannot be started: {}; build it anew", path, std::strerror(errno));
}

std::filesystem::path executable_folder() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

}  // namespace zoo
