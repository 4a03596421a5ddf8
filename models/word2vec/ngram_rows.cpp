#include "models/word2vec/ngram_rows.h"

namespace zoo::word2vec {

NgramRows::NgramRows(std::span<const std::string> pieces, const Subwords& subwords) {
  const auto words = static_cast<std::int32_t>(pieces.size());
  first_.reserve(pieces.size() + 1);
  first_.push_back(0);
  for (std::int32_t word = 0; word < words; ++word) {
    rows_.push_back(word);
    if (word >= kSpecialTokens) {
      for (const auto bucket : subword_buckets(pieces[static_cast<std::size_t>(word)], subwords)) {
        rows_.push_back(words + static_cast<std::int32_t>(bucket));
      }
    }
    first_.push_back(rows_.size());
  }
}

NgramRows NgramRows::placed(std::span<const std::int32_t> place) const {
  auto copy = *this;
  for (auto& row : copy.rows_) row = place[static_cast<std::size_t>(row)];
  return copy;
}

}  // namespace zoo::word2vec
