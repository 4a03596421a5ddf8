#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "batches/batch.h"
#include "data/corpus.h"

namespace zoo {

// Texts of one-letter words, so that tests read like what a model is fed: "ab.cd." is two lines.
// a … z are words; _ is kPad, ? kUnknown, ^ kBegin, . kEnd, # kMask, - where nothing is predicted.

inline constexpr std::string_view kSpecialLetters = "_?^.#";
inline constexpr std::int64_t kLetters = kSpecialTokens + 26;

inline TokenId id_of_letter(char letter) {
  const auto special = kSpecialLetters.find(letter);
  return special != std::string_view::npos ? static_cast<TokenId>(special) : kSpecialTokens + (letter - 'a');
}

inline char letter_of_id(std::int64_t id) {
  if (id == kIgnored) return '-';
  return id < kSpecialTokens ? kSpecialLetters[static_cast<std::size_t>(id)]
                             : static_cast<char>('a' + (id - kSpecialTokens));
}

/// Each text is a line; one without line ends has no '.'.
inline Corpus letters_corpus(const std::vector<std::string>& lines) {
  std::vector<std::vector<TokenId>> ids;
  for (const auto& line : lines) {
    auto& row = ids.emplace_back();
    for (const char letter : line) row.push_back(id_of_letter(letter));
  }
  return Corpus::from_lines(ids, kLetters);
}

using Texts = std::vector<std::string>;

/// [B, T] → B texts; [B] → B texts of one letter.
inline Texts letters_of(const Tensor& tensor) {
  const auto rows = tensor.dim() == 1 ? tensor.unsqueeze(1) : tensor;
  Texts texts;
  for (std::int64_t b = 0; b < rows.size(0); ++b) {
    auto& text = texts.emplace_back();
    for (std::int64_t t = 0; t < rows.size(1); ++t) text += letter_of_id(rows[b][t].item<std::int64_t>());
  }
  return texts;
}

inline std::vector<std::int64_t> numbers_of(const Tensor& tensor) {
  const auto flat = tensor.to(torch::kInt64).contiguous().flatten();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

}  // namespace zoo
