#include "evaluation/sentence_ends.h"

#include <algorithm>
#include <array>

namespace zoo {
namespace {

constexpr std::array<std::string_view, 4> kEnds = {".", "!", "?", "…"};
constexpr std::array<std::string_view, 4> kWideEnds = {"。", "！", "？", "．"};
constexpr std::array<std::string_view, 10> kClosing = {"\"", "'", ")", "]", "”", "’", "»", "」", "』", "）"};

/// How many bytes of `text` one of the signs takes at its start; 0: none stands there.
template <std::size_t N>
std::size_t sign(std::string_view text, const std::array<std::string_view, N>& signs) {
  for (const auto one : signs) {
    if (text.starts_with(one)) return one.size();
  }
  return 0;
}

bool is_space(char byte) { return byte == ' ' || byte == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The code point that begins at a byte of valid UTF-8 of at least three bytes a sign, else 0.
unsigned wide_sign(std::string_view text) {
  if (text.size() < 3 || (static_cast<unsigned char>(text[0]) & 0xf0) != 0xe0) return 0;
  return (static_cast<unsigned char>(text[0]) & 0x0fu) << 12 | (static_cast<unsigned char>(text[1]) & 0x3fu) << 6 |
         (static_cast<unsigned char>(text[2]) & 0x3fu);
}

/// CJK punctuation, kana, ideographs and full-width forms.
bool takes_no_space(unsigned sign) {
  return (sign >= 0x3000 && sign <= 0x9fff) || (sign >= 0xf900 && sign <= 0xfaff) || (sign >= 0xff00 && sign <= 0xffef);
}

}  // namespace

std::vector<std::string_view> sentences_of(std::string_view line) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  const auto close = [&](std::size_t end) {
    const auto sentence = trimmed(line.substr(begin, end - begin));
    if (!sentence.empty()) sentences.push_back(sentence);
    begin = end;
  };
  for (std::size_t at = 0; at < line.size();) {
    const auto wide = sign(line.substr(at), kWideEnds), narrow = sign(line.substr(at), kEnds);
    if (wide + narrow == 0) {
      ++at;
      continue;
    }
    at += wide + narrow;
    // More ends of the same kind ("?!", "...") and what closes belong to it.
    while (const auto more = std::max(
               {sign(line.substr(at), kWideEnds), sign(line.substr(at), kEnds), sign(line.substr(at), kClosing)})) {
      at += more;
    }
    if (wide > 0 || (at < line.size() && is_space(line[at]))) close(at);
  }
  close(line.size());
  return sentences;
}

std::string joined_texts(const std::string& first, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  const bool left = first.size() >= 3 && takes_no_space(wide_sign(std::string_view(first).substr(first.size() - 3)));
  const bool none = left || takes_no_space(wide_sign(second));
  return none ? first + second : first + " " + second;
}

}  // namespace zoo
