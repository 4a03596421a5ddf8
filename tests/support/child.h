#pragma once

#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/files.h"

namespace zoo {

/// What `body` throws in a child process that `restrict` has taken something from: the message of the Error, "nothing
/// was thrown", or what else went wrong.
inline std::string error_in_child(const std::function<void()>& restrict, const std::function<void()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const auto child = ::fork();
  if (child == 0) {
    std::string said = "nothing was thrown";
    try {
      restrict();
      body();
    } catch (const Error& error) {
      said = error.what();
    } catch (const std::exception& error) {
      said = std::string("not an Error of ours: ") + error.what();
    }
    [[maybe_unused]] const auto put = ::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;) said.append(piece, std::size_t(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? said : "the child crashed";
}

/// Root may read and write everything: give that up, for tests of permissions.
inline void give_up_root() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) fail("cannot give up root");
}

/// Longer files cannot be written: stands for a full disk.
inline std::function<void()> files_of_at_most(std::size_t bytes) {
  return [bytes] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
}

/// A temporary folder that others may enter and write to, too.
class SharedFolder : public TemporaryFolder {
 public:
  SharedFolder() { std::filesystem::permissions(path(), std::filesystem::perms::all); }
};

}  // namespace zoo
