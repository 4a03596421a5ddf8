#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "models/model.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// A sentence in which a word is missing: what stands on both sides of "___" (two underlines or more).
struct Gap {
  std::vector<TokenId> left, right;
};
/// Throws UsageError unless there is one gap.
Gap gap_in(const Tokenizer& tokenizer, const std::string& text);

/// The likeliest words for the gap: {"left_only", "candidates": [{"word", "share": softmax of the model's scores from
/// both sides}], and where the model tells them apart "from_left" and "from_right": [{"word", "share"}], what each side
/// alone expects}. Special tokens are no candidates. Throws Error for a model that ranks no missing words.
Json missing_word(const Model& model, const Tokenizer& tokenizer, const Gap& gap, std::int64_t top);

}  // namespace zoo
