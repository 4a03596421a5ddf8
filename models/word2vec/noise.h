#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "tokenizers/tokenizer.h"

namespace zoo::word2vec {

/// Draws noise words with P(w) ∝ count(w)^exponent (Mikolov et al. 2013b, section 2.2), special tokens and words of
/// count 0 never, in two memory accesses whatever the vocabulary's size (Walker's alias method; Vose 1991).
class Noise {
 public:
  /// Throws Error if there is no word to draw.
  Noise(std::span<const std::int64_t> counts, double exponent);

  /// One 64-bit number decides: its upper half chooses the column, its lower half which of the column's two words.
  TokenId draw(Random& random) const {
    const auto bits = random.bits();
    const auto& column = columns_[((bits >> 32) * columns_.size()) >> 32];
    return static_cast<std::uint32_t>(bits) < column.threshold ? column.own : column.other;
  }

  /// [V], sums to 1; 0 for what is never drawn.
  const std::vector<double>& probabilities() const { return probabilities_; }

 private:
  struct Column {
    std::uint32_t threshold;  ///< of 2^32: below it `own`, else `other`
    TokenId own, other;
  };
  std::vector<Column> columns_;
  std::vector<double> probabilities_;
};

}  // namespace zoo::word2vec
