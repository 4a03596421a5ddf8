#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/word2vec/ngram_rows.h"
#include "models/word2vec/windows.h"

namespace zoo::word2vec {

/// How often training touches each row, in proportion.
struct RowUses {
  std::vector<double> input;   ///< [V], or up to the last row that an n-gram has
  std::vector<double> output;  ///< [V]
};

/// An input row by the kept occurrences of the words that it is part of; an output row by those of its word and by the
/// noise, or by those of the words whose path leads through it. `ngrams`: null where words have their own row only.
/// counts: [V].
RowUses uses_of(std::span<const std::int64_t> counts, const WindowSampler::Tables& tables,
                const Word2VecOptions& options, const NgramRows* ngrams);

}  // namespace zoo::word2vec
