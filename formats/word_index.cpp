#include "formats/word_index.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/hash.h"

namespace zoo {
namespace {

constexpr std::uint64_t kRow = 0xFFFFFFFF;
constexpr std::size_t kAtOnce = 16;  ///< words whose slots are asked for together: most lie in no cache

}  // namespace

WordIndex::WordIndex(std::span<const std::string> words) : words_(words), slots_(std::bit_ceil(2 * words.size() + 1)) {
  if (words.size() >= kRow) fail("word vectors: {} words; at most 2^32 - 2 can be looked up", words.size());
  std::uint64_t hashes[kAtOnce];
  for (std::size_t first = 0; first < words.size(); first += kAtOnce) {
    const auto last = std::min(first + kAtOnce, words.size());
    for (auto row = first; row < last; ++row) {
      const auto hash = hashes[row - first] = quick_hash(words[row]);
      __builtin_prefetch(&slots_[hash & (slots_.size() - 1)], 1);
    }
    for (auto row = first; row < last; ++row) {
      const auto hash = hashes[row - first];
      auto& slot = slots_[place_of(words[row], hash)];
      if (slot != 0) continue;
      slot = (hash & ~kRow) | (row + 1);
      ++size_;
    }
  }
}

std::size_t WordIndex::place_of(std::string_view word, std::uint64_t hash) const {
  const auto mask = slots_.size() - 1;
  for (auto place = static_cast<std::size_t>(hash) & mask;; place = (place + 1) & mask) {
    const auto slot = slots_[place];
    if (slot == 0) return place;
    if ((slot & ~kRow) == (hash & ~kRow) && words_[(slot & kRow) - 1] == word) return place;
  }
}

std::optional<std::int64_t> WordIndex::find(std::string_view word) const {
  if (slots_.empty()) return std::nullopt;
  const auto slot = slots_[place_of(word, quick_hash(word))];
  if (slot == 0) return std::nullopt;
  return static_cast<std::int64_t>((slot & kRow) - 1);
}

}  // namespace zoo
