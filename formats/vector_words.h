#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "formats/embedding_table.h"

namespace zoo {

// What every format of word vectors must see to with its words. Words are bytes: what is not valid UTF-8 (word2vec.c
// cuts long words inside a character) is kept as it is and looked up by the same bytes.

/// Says once, as a warning, how many words of a file just read are doubled or no valid UTF-8.
void warn_of_odd_words(const std::filesystem::path& path, const EmbeddingTable& table);

/// A word as a format can hold it: line ends, tabs and (unless `spaces`) spaces become '_', an empty word becomes "_".
/// `changed` counts those that had to be altered.
std::string word_for_export(std::string_view word, bool spaces, std::int64_t& changed);
void warn_of_changed_words(const std::filesystem::path& path, std::int64_t changed);

/// Where a format that holds numbers only keeps its words, one a line: vectors.npy → vectors.words.txt.
std::filesystem::path words_file(const std::filesystem::path& vectors);
void write_words(const std::filesystem::path& path, const EmbeddingTable& table);
/// Throws Error if the file is missing or has not `expected` lines.
std::vector<std::string> read_words(const std::filesystem::path& path, std::int64_t expected);

}  // namespace zoo
