#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/embedding_table.h"

namespace zoo {

/// Whether "Athens" of a test is the vocabulary's "athens".
enum class WordCase {
  fold,  ///< it is: words that differ by case alone are one word, which has the first of their rows
  keep   ///< it is not
};
WordCase word_case_named(std::string_view name);  ///< "fold", "keep"

/// Which rows of a table the words of a test mean, as gensim's and word2vec.c's tests have it: only the first `limit`
/// rows, the most frequent words, are known (0: all); with WordCase::fold the most frequent spelling stands for a word,
/// and the others are the same word. A word that is not found is looked for as SentencePiece writes a whole word too
/// ("▁word"). The table must outlive this.
class TestWords {
 public:
  TestWords(const EmbeddingTable& table, std::int64_t limit, WordCase word_case);

  std::int64_t size() const { return static_cast<std::int64_t>(word_of_.size()); }  ///< rows that are known
  std::optional<std::int64_t> find(std::string_view word) const;
  /// The first row of the word that this row spells.
  std::int64_t word_of(std::int64_t row) const { return word_of_[static_cast<std::size_t>(row)]; }
  /// All rows of the word whose first row this is, itself first.
  std::vector<std::int64_t> spellings(std::int64_t first_row) const;

 private:
  std::string key(std::string_view word) const;
  WordCase case_;
  std::unordered_map<std::string, std::int64_t> rows_;                        // by key: the first row
  std::vector<std::int64_t> word_of_;                                         // by row
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> further_rows_;  // by first row
};

}  // namespace zoo
