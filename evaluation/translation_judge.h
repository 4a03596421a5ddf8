#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "data/corpus.h"
#include "models/model.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// What scores a translation model while it is trained: greedy translations of the source's lines, held by "bleu" or
/// "chrf" (with sacrebleu's defaults, 0 … 100) to the target's, both as the tokenizer writes its ids. A line that is
/// longer than the model reads is cut; lines empty on a side are left out. Throws Error where the texts have not as
/// many lines or none that counts.
std::function<std::optional<double>(Model&)> translation_judge(const std::string& metric, const Corpus& source,
                                                               const Corpus& target,
                                                               const std::shared_ptr<const Tokenizer>& tokenizer);

}  // namespace zoo
