#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/random.h"

namespace zoo {

/// A text whose next word is one of four that the word before it names: `lines` of nine words out of forty, quick to
/// learn from. Returns the file's name.
inline std::string write_text(const std::filesystem::path& file, std::uint64_t seed, int lines) {
  Random random(seed);
  std::ofstream out(file);
  for (int i = 0; i < lines; ++i) {
    auto word = random.below(40);
    for (int j = 0; j < 9; ++j) {
      out << "w" << word << (j < 8 ? " " : "\n");
      word = (word * 7 + random.below(4)) % 40;
    }
  }
  return file.string();
}

}  // namespace zoo
