#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/process.h"
#include "tests/support/paths.h"

namespace zoo {

/// The Python that the test command sets up with numpy, gensim and safetensors: $ZOO_TEST_PYTHON, else .venv-tests in
/// the project. Empty where there is none.
inline std::string test_python() {
  if (const char* given = std::getenv("ZOO_TEST_PYTHON")) return given;
  const std::string standard = ZOO_SOURCE_DIR "/.venv-tests/bin/python";
  return std::filesystem::exists(standard) ? standard : "";
}

}  // namespace zoo

/// Ends a test that needs Python where there is none: skipped on a user's machine, failed in CI.
#define ZOO_NEED_PYTHON()                                                                                     \
  do {                                                                                                        \
    if (zoo::test_python().empty()) {                                                                         \
      if (std::getenv("CI") != nullptr) GTEST_FAIL() << "no test environment of Python: ./zoo test makes it"; \
      GTEST_SKIP() << "no test environment of Python: ./zoo test makes it";                                   \
    }                                                                                                         \
  } while (false)
