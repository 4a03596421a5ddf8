#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace zoo {

struct LikelyWord {
  TokenId word;
  float log_probability;
};

/// The `count` likeliest words of a row [V], the likeliest first, of equals the lower id; those in `banned` (ascending)
/// and those of probability 0 never. One pass over the row, without sorting it: most of it is only held against the
/// least of those found. `found` is written over. Throws Error where the row has a NaN.
void find_likeliest(const float* log_probabilities, std::int64_t vocabulary, std::size_t count,
                    const std::vector<TokenId>& banned, std::vector<LikelyWord>& found);

}  // namespace zoo
