#include "evaluation/word_lines.h"

#include <algorithm>
#include <cctype>

#include "tokenizers/word_splitter.h"

namespace zoo {
namespace {

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> words;
  WordSplitter::by_whitespace(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

/// How each piece is written in the text: a word tokenizer's normal form tells it of unknown words too.
std::vector<std::string> spellings_of(const Tokenizer& tokenizer, std::string_view text,
                                      std::span<const TokenId> pieces) {
  if (tokenizer.type() == "word") {
    auto words = split_at_spaces(tokenizer.normalise(text));
    if (words.size() == pieces.size()) return words;
  }
  std::vector<std::string> words;
  for (const auto piece : pieces) words.emplace_back(tokenizer.piece(piece));
  return words;
}

}  // namespace

void WordLine::append(const WordLine& other) {
  const auto before = static_cast<std::int64_t>(pieces.size());
  words.insert(words.end(), other.words.begin(), other.words.end());
  pieces.insert(pieces.end(), other.pieces.begin(), other.pieces.end());
  spellings.insert(spellings.end(), other.spellings.begin(), other.spellings.end());
  for (const auto end : other.ends) ends.push_back(before + end);
}

WordLine WordLine::slice(std::int64_t first, std::int64_t last) const {
  WordLine part;
  const auto from = begin(first), to = begin(last);
  part.words.assign(words.begin() + first, words.begin() + last);
  part.pieces.assign(pieces.begin() + from, pieces.begin() + to);
  part.spellings.assign(spellings.begin() + from, spellings.begin() + to);
  for (auto word = first; word < last; ++word) part.ends.push_back(ends[static_cast<std::size_t>(word)] - from);
  return part;
}

std::string WordLine::marked(std::int64_t word) const {
  std::string text;
  for (std::int64_t i = 0; i < size(); ++i) {
    if (i > 0) text += ' ';
    if (i == word) text += '*';
    text += words[static_cast<std::size_t>(i)];
    if (i == word) text += '*';
  }
  return text;
}

WordLine raw_line(const Tokenizer& tokenizer, std::string_view line) {
  WordLine result;
  tokenizer.encode(line, result.pieces);
  result.spellings = spellings_of(tokenizer, line, result.pieces);
  result.words = result.spellings;
  for (std::size_t i = 0; i < result.pieces.size(); ++i) result.ends.push_back(static_cast<std::int64_t>(i) + 1);
  return result;
}

WordLine given_words(const Tokenizer& tokenizer, std::span<const std::string> words) {
  WordLine result;
  std::vector<TokenId> pieces;
  for (const auto& word : words) {
    pieces.clear();
    tokenizer.encode(word, pieces);
    auto spellings = spellings_of(tokenizer, word, pieces);
    if (pieces.empty()) pieces = {kUnknown}, spellings = {word};
    result.words.push_back(word);
    result.pieces.insert(result.pieces.end(), pieces.begin(), pieces.end());
    result.spellings.insert(result.spellings.end(), spellings.begin(), spellings.end());
    result.ends.push_back(static_cast<std::int64_t>(result.pieces.size()));
  }
  return result;
}

WordLine pretokenised_line(const Tokenizer& tokenizer, std::string_view line) {
  return given_words(tokenizer, split_at_spaces(line));
}

bool is_wordlike(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](unsigned char c) { return c >= 0x80 || std::isalnum(c) != 0; });
}

}  // namespace zoo
