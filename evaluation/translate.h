#pragma once

#include <functional>
#include <string>
#include <vector>

#include "evaluation/beam_search.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// A line and what became of it.
struct TranslatedLine {
  std::vector<std::string> texts;      ///< the best first; one "" for a line without words
  std::vector<Hypothesis> hypotheses;  ///< the same as tokens; none for a line without words
  std::int64_t source_tokens = 0;      ///< kEnd included
  bool cut = false;                    ///< it was longer than the model reads; the rest was left out
};

/// What the translations of lines must begin with, or be.
struct GivenTargets {
  std::vector<std::string> lines;  ///< one for each line, or none
  bool whole = false;              ///< the whole translation: it is only scored
};

/// Translates lines, `batch_size` at a time, those of like length together; results are in the order of the lines, one
/// for each. `done` hears of the number of lines done so far.
std::vector<TranslatedLine> translate_lines(Translation& model, const Tokenizer& source, const Tokenizer& target,
                                            const std::vector<std::string>& lines, const SearchOptions& options,
                                            std::int64_t batch_size, const std::function<void(std::int64_t)>& done = {},
                                            const GivenTargets& given = {});

/// Rows of tokens, padded with kPad to the longest: [B, T] int64, and their lengths [B].
std::pair<Tensor, Tensor> padded(const std::vector<std::vector<TokenId>>& rows);

}  // namespace zoo
