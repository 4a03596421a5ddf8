#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// Which words a tagged text has, as written, and their tags: what a tagger that sees nothing but the word would know.
class TagLexicon {
 public:
  struct Entry {
    std::int32_t tag = 0;    ///< the most frequent one; of those as frequent the first
    bool ambiguous = false;  ///< it has several tags
  };

  TagLexicon() = default;
  /// words [N] and tags [N], all of them ≥ 0.
  TagLexicon(std::span<const std::string> words, std::span<const std::int32_t> tags);
  /// From saved lists of the same length.
  TagLexicon(std::vector<std::string> words, std::vector<Entry> entries, std::int32_t most_frequent);

  /// Null for a word that the text lacks.
  const Entry* find(std::string_view word) const;
  /// The tag that most words of the text have: the guess for a word that it lacks.
  std::int32_t most_frequent() const { return most_frequent_; }
  /// In byte order.
  const std::vector<std::string>& words() const { return words_; }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<std::string> words_;
  std::vector<Entry> entries_;
  std::int32_t most_frequent_ = 0;
};

}  // namespace zoo
