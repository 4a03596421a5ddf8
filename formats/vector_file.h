#pragma once

#include <filesystem>

#include "formats/embedding_table.h"
#include "formats/safetensors.h"

namespace zoo {

/// Words with the rows of a mapped array [V, D], without a copy where they are float32 and aligned. `file` keeps them.
EmbeddingTable table_of(const TensorView& array, std::vector<std::string> words, std::shared_ptr<const void> file);

/// Throws Error for a gzip or zip file, which no reader of word vectors unpacks.
void refuse_packed(const std::filesystem::path& path);

/// Word vectors from a file of any format the zoo knows, judged by its content: word2vec text and binary, fastText's
/// .vec (word2vec text) and .bin, GloVe, .npy and safetensors. The last two are mapped; the others as
/// formats/word2vec.h and formats/fasttext_bin.h say.
/// Throws Error in one line for what is none of these.
EmbeddingTable read_vectors(const std::filesystem::path& path);

/// Word vectors with their words in one safetensors file: "vectors" F32 [V, D]; "words" U8, the words' bytes one after
/// another; "word_ends" I64 [V], where each word ends among them.
void write_vectors_safetensors(const std::filesystem::path& path, const EmbeddingTable& table);
/// Such a file; or any with one floating-point tensor [V, D], the words beside it in words_file(path).
EmbeddingTable read_vectors_safetensors(const std::filesystem::path& path);

}  // namespace zoo
