#include "tokenizers/word_splitter.h"

namespace zoo {
namespace {

constexpr char32_t kZeroWidthJoiner = 0x200D, kRightQuote = 0x2019;

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_skin_tone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }
bool is_flag_letter(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

/// A letter of a run (rule 3), not one that is a word by itself (rule 2).
bool letter_at(const char* at, const char* end) {
  if (at >= end) return false;
  const auto c = next_code_point(at, end);
  return is_letter(c) && (c < 0x80 || class_of(c) == CharacterClass::word);
}

}  // namespace

const char* WordSplitter::word_goes_on(const char* start, const char* at, const char* end) {
  const char before = at[-1];
  if (static_cast<unsigned char>(*at) < 0x80) {
    const char* next = at + 1;
    if (*at == '\'' && at > start && !is_digit(before) && letter_at(next, end)) return next;
    const bool joins_digits = *at == '.' || *at == ',' || *at == ':';
    return joins_digits && is_digit(before) && next < end && is_digit(*next) ? next : nullptr;
  }
  const char* next = at;
  const auto c = next_code_point(next, end);
  if (c == kRightQuote) return !is_digit(before) && letter_at(next, end) ? next : nullptr;
  const auto kind = class_of(c);
  const bool goes_on = kind == CharacterClass::word || kind == CharacterClass::mark || kind == CharacterClass::joiner;
  return goes_on ? next : nullptr;
}

const char* WordSplitter::other_end(const char* at, const char* end) {
  const char* const start = at;
  const auto c = next_code_point(at, end);
  if (c < 0x80) {
    if (c == '.' || c == '-' || c == '`' || c == '\'') {
      while (at < end && *at == *start) ++at;
    }
    return modifiers_end(at, end);
  }
  switch (class_of(c)) {
    case CharacterClass::space:
    case CharacterClass::joiner:
      return nullptr;
    case CharacterClass::word:
    case CharacterClass::mark:
      return word_end(start, at, end);
    default:
      break;
  }
  if (is_flag_letter(c) && at < end) {
    const char* next = at;
    if (is_flag_letter(next_code_point(next, end))) at = next;
  }
  return modifiers_end(at, end);
}

const char* WordSplitter::modifiers_end(const char* at, const char* end) {
  while (at < end && static_cast<unsigned char>(*at) >= 0x80) {
    const char* next = at;
    const auto c = next_code_point(next, end);
    if (c == kZeroWidthJoiner && next < end) {
      const char* joined = next;
      const auto kind = class_of(next_code_point(joined, end));
      if (kind != CharacterClass::symbol) return at;
      next = joined;
    } else if (class_of(c) != CharacterClass::mark && !is_skin_tone(c)) {
      return at;
    }
    at = next;
  }
  return at;
}

}  // namespace zoo
