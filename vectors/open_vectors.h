#pragma once

#include <filesystem>

#include "formats/embedding_table.h"

namespace zoo {

/// The word vectors of a run folder (the tensor that its config names, its special tokens left out; memory-mapped) or
/// of a file in any format of formats/vector_file.h. Row order is the vocabulary's: frequent words first. A run with
/// n-grams, and fastText's .bin, make vectors of unknown words too (EmbeddingTable::unknown). No torch.
/// Throws Error naming what is missing, and for a run whose model has no word vectors.
EmbeddingTable open_vectors(const std::filesystem::path& run_or_file);

}  // namespace zoo
