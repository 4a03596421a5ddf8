#pragma once

#include <filesystem>
#include <span>

#include "base/json.h"
#include "formats/embedding_table.h"
#include "formats/subwords.h"
#include "runs/run_folder.h"

namespace zoo {

/// N-grams that came with the words: float32 [buckets, D] wherever they lie.
struct SubwordRows {
  Subwords subwords;
  std::span<const std::byte> rows;
};

/// Makes a run folder of vectors that another program trained: model.kind "word_vectors", the table as
/// "word_vectors.weight" [V, D] by token id, a word tokenizer whose vocabulary is the file's words in their order.
/// Nothing else is claimed: it scores no text. `origin` goes into the config's "data".
/// A row named like a special token (word2vec's "</s>") becomes that token's; special tokens without a row are zero.
/// Words are made fit for a vocabulary: bytes that are not UTF-8 become U+FFFD, tabs and line ends '_'; of words that
/// stand twice the first counts. Each is said in a warning. `subwords`, if there are any, become "subwords.weight".
RunFolder import_vectors(const EmbeddingTable& table, const Json& origin, const std::filesystem::path& folder,
                         const SubwordRows& subwords = {});

}  // namespace zoo
