#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/sample_search.h"
#include "evaluation/search_rules.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// A line and what became of it.
struct TranslatedLine {
  std::vector<std::string> texts;      ///< the best first; one "" for a line without words
  std::vector<Hypothesis> hypotheses;  ///< the same as tokens; none for a line without words
  std::int64_t source_tokens = 0;      ///< kEnd included
  std::int64_t pieces = 1;             ///< in so many it was translated
  bool cut =
      false;  ///< a sentence was longer than the model reads: it was translated in parts, or scored without the rest
};

/// What the translations of lines must begin with, or be.
struct GivenTargets {
  std::vector<std::string> lines;  ///< one for each line, or none
  bool whole = false;              ///< the whole translation: it is only scored
};

/// How lines are translated.
struct TranslationOptions {
  SearchOptions search;
  std::optional<DrawOptions> draw;  ///< draws instead of searching
  std::int64_t batch_size = 32;     ///< sentences at a time
  std::uint64_t first_line = 0;     ///< number of the first line: what a line draws from depends on its number
};

/// Translates lines, those of like length together; results are in the order of the lines, one for each. A line that is
/// longer than the model reads is translated sentence by sentence, and a sentence that is, in parts: their translations
/// stand together again, with sums of log-probabilities and scores. `done` hears of the number of lines done so
/// far.
std::vector<TranslatedLine> translate_lines(const Translation& model, const Tokenizer& source, const Tokenizer& target,
                                            const std::vector<std::string>& lines, const TranslationOptions& options,
                                            const std::function<void(std::int64_t)>& done = {},
                                            const GivenTargets& given = {});

/// Rows of tokens, padded with kPad to the longest: [B, T] int64, and their lengths [B].
std::pair<Tensor, Tensor> padded(const std::vector<std::vector<TokenId>>& rows);

}  // namespace zoo
