#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/subwords.h"
#include "tokenizers/tokenizer.h"

namespace zoo::word2vec {

/// The rows whose mean is a word's vector (Bojanowski, Grave, Joulin & Mikolov 2017): the word's own, then those of its
/// n-grams, which lie behind the V words in one matrix [V + buckets, D], at V + bucket. Special tokens and words too
/// short for an n-gram have their own row only.
class NgramRows {
 public:
  /// pieces: [V].
  NgramRows(std::span<const std::string> pieces, const Subwords& subwords);

  std::span<const std::int32_t> of(TokenId word) const {
    const auto w = static_cast<std::size_t>(word);
    return {rows_.data() + first_[w], first_[w + 1] - first_[w]};
  }
  std::int64_t words() const { return static_cast<std::int64_t>(first_.size()) - 1; }

  /// The same lists with place[row] for each row.
  NgramRows placed(std::span<const std::int32_t> place) const;

 private:
  std::vector<std::size_t> first_;  ///< [V + 1] into rows_
  std::vector<std::int32_t> rows_;
};

}  // namespace zoo::word2vec
