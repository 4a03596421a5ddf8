#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace zoo {

/// A line as words that get a vector each. A word is one piece of the vocabulary or several.
struct WordLine {
  std::vector<std::string> words;      ///< for the eye: as the tokenizer cuts them, or as they were given
  std::vector<TokenId> pieces;         ///< what the model reads, in order
  std::vector<std::string> spellings;  ///< of the pieces
  std::vector<std::int64_t> ends;      ///< for each word, where its pieces end

  std::int64_t size() const { return static_cast<std::int64_t>(words.size()); }
  std::int64_t begin(std::int64_t word) const { return word == 0 ? 0 : ends[static_cast<std::size_t>(word - 1)]; }
  bool one_piece_each() const { return pieces.size() == words.size(); }
  void append(const WordLine& other);
  /// The words [first, last).
  WordLine slice(std::int64_t first, std::int64_t last) const;
  /// "the *play* was long".
  std::string marked(std::int64_t word) const;
};

/// Every piece of the tokenizer is a word.
WordLine raw_line(const Tokenizer& tokenizer, std::string_view line);
/// Each of these is one word, in as many pieces as the tokenizer needs; kUnknown where it finds none in it.
WordLine given_words(const Tokenizer& tokenizer, std::span<const std::string> words);
/// Words between spaces.
WordLine pretokenised_line(const Tokenizer& tokenizer, std::string_view line);

/// Whether it has a letter or a digit, or is of another script than ASCII's.
bool is_wordlike(std::string_view word);

}  // namespace zoo
