#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/corpus.h"
#include "data/text_reader.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

struct CorpusOptions {
  bool line_ends = true;                 ///< kEnd after each line (Bengio's Brown table: false)
  std::filesystem::path cache_folder{};  ///< default: $ZOO_CACHE, else ~/.cache/langzoo/corpora
};

/// The corpus of one part of the inputs: encoded once and kept in the cache, keyed by the tokenizer's fingerprint,
/// the inputs' content (size and modification time decide whether a file's hash must be taken anew), the part and the
/// options. Two processes may build the same at once: one builds, the other waits and opens. Shows progress.
/// Throws Error when the part holds no line, naming the inputs and the way out (more documents, or --valid).
Corpus open_corpus(const std::vector<std::string>& inputs, Part part, const Tokenizer& tokenizer,
                   const CorpusOptions& options = {});

}  // namespace zoo
