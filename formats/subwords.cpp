#include "formats/subwords.h"

#include <string>

namespace zoo {
namespace {

bool goes_on(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::vector<std::uint32_t> subword_buckets(std::string_view word, const Subwords& subwords) {
  std::vector<std::uint32_t> buckets;
  if (!subwords.any()) return buckets;
  std::string marked;
  marked.reserve(word.size() + 2);
  marked.append("<").append(word).append(">");
  for (std::size_t start = 0; start < marked.size(); ++start) {
    if (goes_on(marked[start])) continue;
    std::uint32_t hash = 2166136261U;  // of marked[start, end)
    auto end = start;
    for (std::int64_t length = 1; end < marked.size() && length <= subwords.longest; ++length) {
      do {
        hash = (hash ^ static_cast<std::uint32_t>(static_cast<std::int8_t>(marked[end]))) * 16777619U;
        ++end;
      } while (end < marked.size() && goes_on(marked[end]));
      const bool mark_alone = length == 1 && (start == 0 || end == marked.size());
      if (length >= subwords.shortest && !mark_alone) {
        buckets.push_back(hash % static_cast<std::uint32_t>(subwords.buckets));
      }
    }
  }
  return buckets;
}

}  // namespace zoo
