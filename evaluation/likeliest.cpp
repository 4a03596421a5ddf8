#include "evaluation/likeliest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace zoo {

void find_likeliest(const float* log_probabilities, std::int64_t vocabulary, std::size_t count,
                    const std::vector<TokenId>& banned, std::vector<LikelyWord>& found) {
  constexpr std::int64_t kBlock = 64;
  found.clear();
  // What a word must be above: of equals the earlier one stays. NaN is not below or equal to anything, so it is seen.
  auto least = -std::numeric_limits<float>::infinity();
  for (std::int64_t begin = 0; begin < vocabulary; begin += kBlock) {
    const auto end = std::min(begin + kBlock, vocabulary);
    int above = 0;
    for (auto i = begin; i < end; ++i) above |= static_cast<int>(!(log_probabilities[i] <= least));
    if (above == 0) continue;
    for (auto i = begin; i < end; ++i) {
      const auto value = log_probabilities[i];
      if (value <= least) continue;
      if (std::isnan(value)) fail("the model gave NaN as a probability; are its weights damaged?");
      const auto word = static_cast<TokenId>(i);
      if (count == 0 || std::binary_search(banned.begin(), banned.end(), word)) continue;
      const auto place = std::upper_bound(found.begin(), found.end(), value, [](float one, const LikelyWord& other) {
        return one > other.log_probability;
      });
      found.insert(place, {word, value});
      if (found.size() > count) found.pop_back();
      if (found.size() == count) least = found.back().log_probability;
    }
  }
}

}  // namespace zoo
