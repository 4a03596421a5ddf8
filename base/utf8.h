#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zoo {

/// Length of the well-formed sequence at `at` (< end), 0 if there is none (Unicode Standard, table 3-7: overlong forms
/// and surrogates are not well-formed).
inline int utf8_length(const unsigned char* at, const unsigned char* end) {
  const auto lead = at[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (end - at < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at[1] < low || at[1] > high) return 0;
  for (int i = 2; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

/// Where the first byte lies that is not part of well-formed UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text);

inline bool is_utf8(std::string_view text) { return find_invalid_utf8(text) == std::string_view::npos; }

inline bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char byte : text) all |= static_cast<unsigned char>(byte);
  return all < 0x80;
}

/// What stands for a malformed byte.
inline constexpr char32_t kReplacement = 0xFFFD;

/// The code point that starts at `at` (< end), which moves behind it. A malformed byte counts as U+FFFD.
inline char32_t next_code_point(const char*& at, const char* end) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  const int length = utf8_length(bytes, reinterpret_cast<const unsigned char*>(end));
  if (length == 0) {
    ++at;
    return kReplacement;
  }
  at += length;
  if (length == 1) return bytes[0];
  char32_t code = bytes[0] & (0x7F >> length);
  for (int i = 1; i < length; ++i) code = code << 6 | (bytes[i] & 0x3F);
  return code;
}

void append_utf8(std::string& text, char32_t code_point);

/// The same text with U+FFFD for each malformed byte.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace zoo
