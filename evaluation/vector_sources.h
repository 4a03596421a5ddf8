#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "evaluation/word_features.h"
#include "formats/embedding_table.h"

namespace zoo {

// What open_vector_source() chooses from. `facts` as of VectorSource.

/// table [V, D] by token id: one vector a word, whatever it means.
std::unique_ptr<VectorSource> word_source(Tensor table, std::shared_ptr<const Tokenizer> tokenizer, Json facts);
/// A run's table of word vectors, which can be trained on.
std::unique_ptr<VectorSource> word_source(SavedModel saved, Json facts);
/// A file of word vectors, or an imported run: words as written, else in lower case, else zeros.
std::unique_ptr<VectorSource> file_source(EmbeddingTable table, Json facts);
/// A run's vectors of words in their sentences. `name`: the model's in errors; `layer` as of VectorChoice.
std::unique_ptr<VectorSource> context_source(SavedModel saved, const std::string& name, const std::string& layer,
                                             ModelKinds kinds, Json facts);

/// A run of the same model whose parts have become `parts`.
void save_changed_run(const SavedModel& saved, const Parts& parts, const std::filesystem::path& folder);

}  // namespace zoo
