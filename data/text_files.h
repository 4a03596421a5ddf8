#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zoo {

/// One file to read: its name in messages, and where its bytes lie.
struct TextFile {
  std::string name;
  std::filesystem::path path;
  std::uint64_t size = 0;  ///< bytes on disk, compressed or not
};

/// The files that inputs mean: a folder gives its files in byte order of their paths, recursively, without hidden
/// ones; "-" and pipes are copied to an unnamed temporary file once, so that they can be read as often as needed.
/// Throws Error naming an input that is missing or holds no files.
std::vector<TextFile> expand_inputs(const std::vector<std::string>& inputs);

}  // namespace zoo
