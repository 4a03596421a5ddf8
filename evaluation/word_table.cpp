#include "evaluation/word_table.h"

#include <utility>

#include "base/error.h"

namespace zoo {

namespace {

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

}  // namespace

WordTable::WordTable(std::vector<std::string> words, Tensor vectors) : words_(std::move(words)) {
  if (vectors.dim() != 2 || vectors.size(0) != size()) {
    fail("word vectors: {} words do not go with a table of shape {}", words_.size(), c10::str(vectors.sizes()));
  }
  const torch::NoGradGuard no_gradient;
  unit_ = vectors.to(torch::kFloat).contiguous();  // [N, D]
  if (!unit_.isfinite().all().item<bool>())
    fail("word vectors: the table holds NaN or infinity; was training cut off?");
  unit_ = unit_ / unit_.norm(2, 1, /*keepdim=*/true).clamp_min(1e-30);  // [N, D]
  rows_.reserve(words_.size());
  for (std::size_t row = 0; row < words_.size(); ++row) rows_.emplace(words_[row], static_cast<std::int64_t>(row));
}

WordTable WordTable::of(const Tokenizer& tokenizer, const Tensor& vectors) {
  if (vectors.size(0) != tokenizer.size()) {
    fail("word vectors: {} rows do not go with a vocabulary of {}", vectors.size(0), tokenizer.size());
  }
  std::vector<std::string> words;
  words.reserve(static_cast<std::size_t>(tokenizer.size()));
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) words.emplace_back(tokenizer.piece(id));
  return WordTable(std::move(words), vectors.slice(0, kSpecialTokens));
}

std::optional<std::int64_t> WordTable::find(std::string_view word) const {
  const std::string lower = lower_case(word);
  for (const std::string& form : {std::string(word), lower, "\u2581" + std::string(word), "\u2581" + lower}) {
    if (const auto found = rows_.find(form); found != rows_.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace zoo
