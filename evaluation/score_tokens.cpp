#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "evaluation/score_text.h"

namespace zoo {
namespace {

std::u32string code_points(std::string_view text) {
  std::u32string points;
  const char* at = text.data();
  for (const char* end = at + text.size(); at < end;) points += next_code_point(at, end);
  return points;
}

std::string utf8(std::u32string_view points) {
  std::string text;
  for (const auto point : points) append_utf8(text, point);
  return text;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_stop(char32_t c) { return c == '.' || c == ','; }

/// ASCII punctuation but for ' , - .
bool is_symbol(char32_t c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

/// A pass over neighbours from left to right: where `parts` holds, both are written with `between`, `before` and
/// `behind` them and are behind us, so that the second begins no other pair.
template <typename Parts>
std::u32string pass(const std::u32string& text, Parts parts, std::u32string_view before, std::u32string_view behind) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && parts(text[i], text[i + 1])) {
      out += before;
      out += text[i];
      out += U' ';
      out += text[i + 1];
      out += behind;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

template <typename Alone>
std::u32string alone(const std::u32string& text, Alone stands_alone) {
  std::u32string out;
  for (const auto point : text) {
    if (stands_alone(point)) {
      out += {U' ', point, U' '};
    } else {
      out += point;
    }
  }
  return out;
}

/// Symbols stand alone; so do stops and commas but between digits, and a dash behind a digit.
std::vector<std::string> western_words(const std::u32string& line) {
  auto text = alone(line, is_symbol);
  text = pass(
      text, [](char32_t a, char32_t b) { return !is_digit(a) && is_stop(b); }, U"", U" ");
  text = pass(
      text, [](char32_t a, char32_t b) { return is_stop(a) && !is_digit(b); }, U" ", U"");
  text = pass(
      text, [](char32_t a, char32_t b) { return is_digit(a) && b == '-'; }, U"", U" ");
  return words_between_spaces(utf8(text));
}

std::vector<std::string> words_13a(std::string text) {
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  for (const auto& [mark, letter] : {std::pair{"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}}) {
    replace_all(text, mark, letter);
  }
  std::u32string line(1, U' ');
  line += code_points(text);
  line += U' ';
  return western_words(line);
}

/// The first letter of a code point's general category: N for numbers, P for punctuation, S for symbols.
char category(char32_t point) { return utf8proc_category_string(static_cast<utf8proc_int32_t>(point))[0]; }

std::vector<std::string> words_intl(std::string_view segment) {
  auto text = code_points(segment);
  text = pass(
      text, [](char32_t a, char32_t b) { return category(a) != 'N' && category(b) == 'P'; }, U"", U" ");
  text = pass(
      text, [](char32_t a, char32_t b) { return category(a) == 'P' && category(b) != 'N'; }, U" ", U"");
  return words_between_spaces(utf8(alone(text, [](char32_t c) { return category(c) == 'S'; })));
}

/// The ranges that sacrebleu's zh holds for Chinese. Two of them were meant to lie beyond U+FFFF; written with four
/// digits they came to be U+2001 … U+2A6D and U+2F81 … U+2FA1, and a score that is to agree must take them so.
bool is_chinese(char32_t c) {
  constexpr std::pair<char32_t, char32_t> kRanges[] = {
      {0x2001, 0x2A6D}, {0x2E80, 0x2FDF}, {0x2FF0, 0x303F}, {0x3100, 0x312F}, {0x31A0, 0x31BF},
      {0x31C0, 0x31EF}, {0x3200, 0x4DB5}, {0x4E00, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
      {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const auto& range) { return c >= range.first && c <= range.second; });
}

std::vector<std::string> words_zh(std::string_view segment) {
  auto text = code_points(segment);
  const auto begin = std::find_if_not(text.begin(), text.end(), is_python_space);
  text.erase(text.begin(), begin);
  return western_words(alone(text, is_chinese));
}

std::vector<std::string> characters(std::string_view segment) {
  std::vector<std::string> letters;
  for (const auto point : code_points(segment)) {
    if (!is_python_space(point)) append_utf8(letters.emplace_back(), point);
  }
  return letters;
}

}  // namespace

const std::vector<std::string>& score_tokenizers() {
  static const std::vector<std::string> names = {"13a", "intl", "zh", "char", "none"};
  return names;
}

std::vector<std::string> score_tokens(std::string_view segment, std::string_view tokenizer) {
  // Spaces at its end go first: a line end there is no place where a word goes on.
  segment = without_last_spaces(segment);
  if (tokenizer == "13a") return words_13a(std::string(segment));
  if (tokenizer == "intl") return words_intl(segment);
  if (tokenizer == "zh") return words_zh(segment);
  if (tokenizer == "char") return characters(segment);
  if (tokenizer == "none") return words_between_spaces(segment);
  fail("BLEU: tokenizer '{}' is none of {}", tokenizer, fmt::join(score_tokenizers(), ", "));
}

}  // namespace zoo
