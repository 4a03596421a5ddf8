#include "apps/launch/children.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace zoo {
namespace {

constexpr std::size_t kKept = 4096;  ///< bytes of what a process said last

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char** words, char** environment, int errors) {
  ::setpgid(0, 0);  // a terminal's Ctrl-C comes to the launcher alone, which passes it on
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  if (errors >= 0) {
    ::dup2(errors, STDERR_FILENO);
    if (nothing >= 0) ::dup2(nothing, STDOUT_FILENO);
  }
  ::execve(words[0], words, environment);
  constexpr char kFailed[] = "zoo: the program cannot be started; build it anew\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kFailed, sizeof kFailed - 1);
  ::_exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// False when the pipe is closed.
bool listen(Child& child) {
  char piece[kKept];
  const auto got = ::read(child.errors, piece, sizeof piece);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  child.last_words.append(piece, static_cast<std::size_t>(got));
  if (child.last_words.size() > kKept) child.last_words.erase(0, child.last_words.size() - kKept);
  return got > 0;
}

void close_pipe(Child& child) {
  ::close(child.errors);
  child.errors = -1;
}

}  // namespace

int Child::exit_status() const { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

Child start_child(int rank, const std::vector<std::string>& words, const std::vector<std::string>& variables) {
  auto own_words = words;
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto same_name = [&](const std::string& variable) {
      return text.starts_with(variable.substr(0, variable.find('=') + 1));
    };
    bool replaced = false;
    for (const auto& variable : variables) replaced |= same_name(variable);
    if (!replaced) environment.push_back(text);
  }
  environment.insert(environment.end(), variables.begin(), variables.end());
  const auto arguments = pointers_to(own_words), settings = pointers_to(environment);
  int ends[2] = {-1, -1};
  if (rank != 0 && ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail("cannot make a pipe: {}", std::strerror(errno));
  if (rank != 0) ::fcntl(ends[1], F_SETFL, 0);  // the process itself may wait when it writes
  Child child;
  child.rank = rank;
  child.id = ::fork();
  if (child.id < 0) fail("cannot start process {}: {}", rank, std::strerror(errno));
  if (child.id == 0) {
    become(const_cast<char**>(arguments.data()), const_cast<char**>(settings.data()), ends[1]);
  }
  if (ends[1] >= 0) ::close(ends[1]);
  child.errors = ends[0];
  return child;
}

void watch(std::vector<Child>& children, int milliseconds) {
  std::vector<pollfd> waiting;
  std::vector<Child*> owners;
  for (auto& child : children) {
    if (child.errors < 0) continue;
    waiting.push_back({child.errors, POLLIN, 0});
    owners.push_back(&child);
  }
  if (::poll(waiting.data(), waiting.size(), milliseconds) > 0) {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0 && !listen(*owners[i])) close_pipe(*owners[i]);
    }
  }
  for (auto& child : children) {
    if (!child.running || ::waitpid(child.id, &child.status, WNOHANG) != child.id) continue;
    child.running = false;
    if (child.errors < 0) continue;
    for (auto size = child.last_words.size();; size = child.last_words.size()) {  // what is still in the pipe
      if (!listen(child) || child.last_words.size() == size) break;
    }
    close_pipe(child);
  }
}

void signal_all(const std::vector<Child>& children, int signal) {
  for (const auto& child : children) {
    if (child.running) ::kill(child.id, signal);
  }
}

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      descriptor >= 0 && ::bind(descriptor, any, size) == 0 && ::getsockname(descriptor, any, &size) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!found) fail("no free port on this machine: {}", std::strerror(error));
  return ntohs(address.sin_port);
}

}  // namespace zoo
