#pragma once

#include <memory>
#include <string>

#include "models/start_vectors.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// What `from` (a run folder, or a file in any format of word vectors) knows of the words of `tokenizer`: words that
/// both have, spelled alike. Of a run of `kind` all that it saved comes along. Throws Error where there is nothing in
/// common, where a vector is not finite and where `from` cannot be read.
StartVectors start_vectors(const std::string& from, const ModelKind& kind, const Tokenizer& tokenizer);

/// `on_new_text`, or where `from` is a run of `kind`, and both have word tokenizers, the words of both, most frequent
/// first: what a training that goes on from that run speaks. Throws UsageError where their rules differ.
std::shared_ptr<const Tokenizer> grown_tokenizer(const std::string& from, const ModelKind& kind,
                                                 std::shared_ptr<const Tokenizer> on_new_text);

}  // namespace zoo
