#pragma once

#include <cstdint>
#include <filesystem>

namespace zoo {

/// What a text for measuring looks like.
struct SampleText {
  std::int64_t vocabulary = 16384;  ///< different words, each of which stands in it
  std::int64_t words = 200'000;     ///< in all, about
  std::uint64_t seed = 1;
};

/// Writes lines of 1 to 40 words whose frequencies follow Zipf's law: the r-th word as often as 1/r. Words are made of
/// letters, frequent ones short. The same for every machine.
void write_sample_text(const std::filesystem::path& file, const SampleText& text);

}  // namespace zoo
