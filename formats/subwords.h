#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace zoo {

/// How a word is cut into n-grams of characters (Bojanowski, Grave, Joulin & Mikolov 2017, section 3.2), and into how
/// many rows those are hashed. No n-grams where longest is 0 or there are no buckets.
struct Subwords {
  std::int64_t shortest = 3;  ///< characters of the shortest n-gram
  std::int64_t longest = 6;   ///< of the longest
  std::int64_t buckets = 0;   ///< rows that the n-grams share

  bool any() const { return buckets > 0 && longest >= shortest && longest > 0; }
  bool operator==(const Subwords&) const = default;
};

/// The buckets, 0 … buckets − 1, of the n-grams of `word`, as fastText makes them: the word stands between '<' and
/// '>', characters are those of UTF-8, a mark alone is no n-gram, the hash is 32-bit FNV-1a over bytes that are
/// extended with their sign. In the order of their start, then of their length; an n-gram that stands twice counts
/// twice. Bytes that are not UTF-8 are taken as they come.
std::vector<std::uint32_t> subword_buckets(std::string_view word, const Subwords& subwords);

}  // namespace zoo
