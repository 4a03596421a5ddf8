#include "apps/bench/sample_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"

namespace zoo {
namespace {

constexpr std::uint64_t kLongestLine = 40;  // words

/// 0 → "a", 25 → "z", 26 → "aa", …
std::string spelled(std::int64_t number) {
  std::string word;
  for (auto rest = number + 1; rest > 0; rest = (rest - 1) / 26) {
    word.insert(word.begin(), static_cast<char>('a' + (rest - 1) % 26));
  }
  return word;
}

}  // namespace

void write_sample_text(const std::filesystem::path& file, const SampleText& text) {
  std::vector<std::string> words;
  std::vector<double> up_to;  // the frequencies of the words up to each, added up
  double sum = 0;
  for (std::int64_t rank = 0; rank < text.vocabulary; ++rank) {
    words.push_back(spelled(rank));
    up_to.push_back(sum += 1 / static_cast<double>(rank + 1));
  }
  Random random(text.seed);
  AtomicFile out(file);
  std::uint64_t left = 0;  // words until the line ends
  const auto write = [&](const std::string& word) {
    if (left == 0) left = 1 + random.below(kLongestLine);
    out.write(word);
    out.write(--left == 0 ? "\n" : " ");
  };
  for (std::int64_t i = 0; i < text.words; ++i) {
    const auto place = std::upper_bound(up_to.begin(), up_to.end(), random.uniform() * sum);
    write(words[std::min(static_cast<std::size_t>(place - up_to.begin()), words.size() - 1)]);
  }
  for (const auto& word : words) write(word);
  out.write("\n");
  out.commit();
}

}  // namespace zoo
