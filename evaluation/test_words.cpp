#include "evaluation/test_words.h"

#include <algorithm>

#include "tokenizers/unicode.h"

namespace zoo {

WordCase word_case_named(std::string_view name) { return name == "keep" ? WordCase::keep : WordCase::fold; }

TestWords::TestWords(const EmbeddingTable& table, std::int64_t limit, WordCase word_case) : case_(word_case) {
  const auto count = limit > 0 ? std::min(limit, table.size()) : table.size();
  rows_.reserve(static_cast<std::size_t>(count));
  word_of_.reserve(static_cast<std::size_t>(count));
  for (std::int64_t row = 0; row < count; ++row) {
    const auto [entry, is_new] = rows_.emplace(key(table.word(row)), row);
    word_of_.push_back(entry->second);
    if (!is_new) further_rows_[entry->second].push_back(row);
  }
}

std::string TestWords::key(std::string_view word) const {
  if (case_ == WordCase::keep) return std::string(word);
  std::string scratch;
  return std::string(normalise_nfc(word, /*lowercase=*/true, scratch));
}

std::optional<std::int64_t> TestWords::find(std::string_view word) const {
  const auto wanted = key(word);
  for (const auto& form : {wanted, "\u2581" + wanted}) {
    if (const auto found = rows_.find(form); found != rows_.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<std::int64_t> TestWords::spellings(std::int64_t first_row) const {
  std::vector<std::int64_t> rows = {first_row};
  if (const auto found = further_rows_.find(first_row); found != further_rows_.end()) {
    rows.insert(rows.end(), found->second.begin(), found->second.end());
  }
  return rows;
}

}  // namespace zoo
