#include "models/word2vec/noise.h"

#include <cmath>

#include "base/error.h"

namespace zoo::word2vec {

Noise::Noise(std::span<const std::int64_t> counts, double exponent) : probabilities_(counts.size(), 0.0) {
  double total = 0;
  std::vector<TokenId> words;
  for (std::size_t id = kSpecialTokens; id < counts.size(); ++id) {
    if (counts[id] <= 0) continue;
    words.push_back(static_cast<TokenId>(id));
    total += probabilities_[id] = std::pow(static_cast<double>(counts[id]), exponent);
  }
  if (words.empty()) {
    fail("word2vec: the text holds no word of the vocabulary; is the tokenizer's min-count above every count?");
  }

  // Each column holds probability 1/n: what a small word leaves free is filled by a large one.
  const auto n = words.size();
  std::vector<double> share(n);
  std::vector<std::size_t> small, large;
  for (std::size_t i = 0; i < n; ++i) {
    auto& probability = probabilities_[static_cast<std::size_t>(words[i])];
    share[i] = probability * static_cast<double>(n) / total;
    probability /= total;
    (share[i] < 1 ? small : large).push_back(i);
    columns_.push_back({0xffffffff, words[i], words[i]});
  }
  while (!small.empty() && !large.empty()) {
    const auto low = small.back(), high = large.back();
    small.pop_back();
    columns_[low].threshold = static_cast<std::uint32_t>(share[low] * 0x1p32);
    columns_[low].other = words[high];
    share[high] -= 1 - share[low];
    if (share[high] < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
}

}  // namespace zoo::word2vec
