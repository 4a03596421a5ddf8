#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/model.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// Words with their vectors, the most frequent first, special tokens left out: what word-vector tests walk over.
class WordTable {
 public:
  /// words[i] belongs to vectors[i], [N, D] float32. A word that comes again is out of reach: the first one counts.
  /// Throws Error where the sizes disagree or a vector holds NaN or infinity.
  WordTable(std::vector<std::string> words, Tensor vectors);
  WordTable(WordTable&&) = default;
  WordTable& operator=(WordTable&&) = default;

  /// A model's vectors under its tokenizer's pieces, [V, D] by token id.
  static WordTable of(const Tokenizer& tokenizer, const Tensor& vectors);

  /// The row of a word as written; if there is none, of the word in lower case (ASCII letters); if there is none, of
  /// either as SentencePiece writes a whole word ("▁word").
  std::optional<std::int64_t> find(std::string_view word) const;

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  std::int64_t dimension() const { return unit_.size(1); }
  const std::string& word(std::int64_t row) const { return words_[static_cast<std::size_t>(row)]; }
  /// [N, D] float32, each row of length one (a zero vector stays zero).
  const Tensor& unit_vectors() const { return unit_; }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string_view, std::int64_t> rows_;  // the keys lie in words_: a table moves, it is not copied
  Tensor unit_;
};

}  // namespace zoo
