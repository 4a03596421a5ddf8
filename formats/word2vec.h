#pragma once

#include <filesystem>

#include "formats/embedding_table.h"

namespace zoo {

// The files of word2vec.c, which gensim and fastText (.vec) write and read too. Both start with the line "V D".
//   text    "word x1 … xD" a line; a word may hold spaces, since lines are read from their right end
//   binary  the word, a space, D little-endian float32; then a line end or none
// A file that ends early, or holds more than it announces, gives the rows that are there and a warning that says how
// many of how many; nothing is allocated for rows that are only announced. Throws Error where no row can be read.

EmbeddingTable read_word2vec_text(const std::filesystem::path& path);
/// Memory-mapped: only the words are copied.
EmbeddingTable read_word2vec_binary(const std::filesystem::path& path);
/// Either of the two, judged by the first row; a text without the first line too.
EmbeddingTable read_word2vec(const std::filesystem::path& path);

/// Numbers are written so that reading gives the same float32. Spaces in words become '_', with a warning.
void write_word2vec_text(const std::filesystem::path& path, const EmbeddingTable& table);
/// With a line end after each row, as word2vec.c does.
void write_word2vec_binary(const std::filesystem::path& path, const EmbeddingTable& table);

// GloVe's files are word2vec's text without the first line.

/// D is the least count of numbers that the first hundred lines end in: a token may itself be a number.
EmbeddingTable read_glove(const std::filesystem::path& path);
/// Spaces in words stay.
void write_glove(const std::filesystem::path& path, const EmbeddingTable& table);

}  // namespace zoo
