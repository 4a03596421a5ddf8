#pragma once

#include <string>
#include <vector>

#include "data/corpus.h"
#include "data/documents.h"
#include "data/splits.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// Two texts whose lines are each other's translation: line i of `source` belongs to line i of `target`, and so do
/// their documents.
struct ParallelCorpus {
  Corpus source, target;
};

/// One part of an aligned pair of texts, each encoded by its own tokenizer and cached as open_corpus() does it.
/// Both must have the same number of lines, file by file. A line that is empty on both sides ends a document; one
/// that is empty (or without tokens) on one side only is left out with its partner. Splits are by document
/// (documents.h, counted over the pairs that remain), so that pairs stay together.
/// Throws Error naming both texts where their lines do not match in number, or where the part holds no pair.
ParallelCorpus open_parallel_corpus(const std::vector<std::string>& source_inputs,
                                    const std::vector<std::string>& target_inputs, Part part,
                                    const Tokenizer& source_tokenizer, const Tokenizer& target_tokenizer,
                                    const CorpusOptions& options = {});

}  // namespace zoo
