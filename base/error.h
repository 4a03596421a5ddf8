#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace zoo {

/// What went wrong, in one line that names the file or option, the value and the way out. Exit status 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  virtual int exit_status() const { return 1; }
};

/// The user asked for something that cannot be: an unknown option, a value out of range. Exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_status() const override { return 2; }
};

/// Ctrl-C, after everything worth keeping has been saved. Exit status 130.
class Interrupted : public Error {
 public:
  using Error::Error;
  int exit_status() const override { return 130; }
};

/// `fail("{}: no such file", path)` throws Error; `fail_usage` throws UsageError.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zoo
