#pragma once

#include <memory>

#include "data/text_reader.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_options.h"

namespace zoo {

/// A tokenizer of the given type from the lines of a text (its training part, as a rule). Words and characters are
/// counted on all cores; the result does not depend on how many there are. Shows progress.
/// Throws Error where the text does not suffice, UsageError for options that do not go together.
std::shared_ptr<const Tokenizer> train_tokenizer(const TokenizerOptions& options, const TextReader& text);

}  // namespace zoo
