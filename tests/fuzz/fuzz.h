#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

namespace zoo {

/// A folder in memory where there is one, for as long as the fuzzer runs.
inline const std::filesystem::path& fuzz_folder() {
  static const TemporaryFolder folder(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
  static const bool once = (set_quiet(true), true);
  static_cast<void>(once);
  return folder.path();
}

/// The input as a file of this name.
inline std::filesystem::path fuzz_file(std::string_view name, std::string_view content) {
  auto path = fuzz_folder() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
  return path;
}

/// Has a number worked out that nobody needs.
inline void keep(std::uint64_t number) { asm volatile("" : : "r"(number)); }

/// An Error is the right answer to a bad file, if it is one line; everything else that is thrown is a fault.
template <class Read>
int expect_answer_or_error(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) {
      std::fprintf(stderr, "an error of several lines: %s\n", error.what());
      __builtin_trap();
    }
  }
  return 0;
}

}  // namespace zoo

/// ZOO_FUZZ(content) { … }: the body gets the input as a text.
#define ZOO_FUZZ(content)                                                             \
  static void fuzz_one(std::string_view content);                                     \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    const std::string_view input(reinterpret_cast<const char*>(data), size);          \
    return zoo::expect_answer_or_error([&] { fuzz_one(input); });                     \
  }                                                                                   \
  static void fuzz_one(std::string_view content)
