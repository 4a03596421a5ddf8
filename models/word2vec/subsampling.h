#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "tokenizers/tokenizer.h"

namespace zoo::word2vec {

/// Thins out frequent words before windows are formed. word2vec.c's formula: a word of frequency f = count / words is
/// kept with probability (√(f/t) + 1)·t/f, at most 1. (The paper's own, 1 − √(t/f) dropped, is not what was run.)
/// Special tokens and words of count 0 are never kept: words outside the vocabulary leave no gap in a window, as in
/// word2vec.c.
class Subsampling {
 public:
  /// `threshold` t; 0 keeps every word.
  Subsampling(std::span<const std::int64_t> counts, double threshold);

  bool trained(TokenId id) const { return keep_[static_cast<std::size_t>(id)] != 0; }

  /// Whether this occurrence stays. Draws a number for each trained word if the threshold is above 0, else none.
  bool keep(TokenId id, Random& random) const {
    const auto limit = keep_[static_cast<std::size_t>(id)];
    return limit != 0 && (all_ || (random.bits() >> 32) < limit);
  }

  /// [V], 0 for what is never trained.
  std::vector<double> probabilities() const;

 private:
  std::vector<std::uint64_t> keep_;  ///< of 2^32
  bool all_;
};

}  // namespace zoo::word2vec
