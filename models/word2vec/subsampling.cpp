#include "models/word2vec/subsampling.h"

#include <algorithm>
#include <cmath>

namespace zoo::word2vec {

Subsampling::Subsampling(std::span<const std::int64_t> counts, double threshold)
    : keep_(counts.size(), 0), all_(threshold <= 0) {
  double words = 0;
  for (std::size_t id = kSpecialTokens; id < counts.size(); ++id) words += static_cast<double>(counts[id]);
  for (std::size_t id = kSpecialTokens; id < counts.size(); ++id) {
    if (counts[id] <= 0) continue;
    const double ratio = static_cast<double>(counts[id]) / (words * threshold);  // f/t
    const double keep = all_ ? 1 : std::min(1.0, (std::sqrt(ratio) + 1) / ratio);
    keep_[id] = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(keep * 0x1p32));
  }
}

std::vector<double> Subsampling::probabilities() const {
  std::vector<double> result;
  for (const auto keep : keep_) result.push_back(static_cast<double>(keep) * 0x1p-32);
  return result;
}

}  // namespace zoo::word2vec
