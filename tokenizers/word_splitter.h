#pragma once

#include <array>
#include <string_view>

#include "base/utf8.h"
#include "tokenizers/unicode.h"

namespace zoo {

/// Cuts normalised text into words, in order, by these rules; `emit(std::string_view word)` gets each.
///
///  1. White space, control characters and invisible format characters separate.
///  2. Each Han, Kana or Bopomofo character is a word.
///  3. A run of letters, numbers and their marks is a word; inside it stay an apostrophe (' or ’) between two
///     letters (don't), and a full stop, comma or colon between two ASCII digits (3.14, 1,000, 12:30).
///  4. Any other character is a word by itself, with what modifies it (emoji with skin tone, joined emoji, flags);
///     runs of the same one of . - ` ' are one word (..., --).
///
/// Languages without spaces other than Chinese and Japanese (Thai, Khmer) come out as long runs: use SentencePiece.
class WordSplitter {
 public:
  template <class Emit>
  static void by_punctuation(std::string_view text, Emit&& emit) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
      const char* const start = at;
      const auto first = static_cast<unsigned char>(*at);
      if (kClasses[first] == kSpace) {
        ++at;
        continue;
      }
      if (kClasses[first] == kWord) {
        at = word_end(start, at + 1, end);
      } else {
        at = other_end(at, end);
        if (at == nullptr) {  // a separator beyond ASCII
          at = start;
          next_code_point(at, end);
          continue;
        }
      }
      emit(std::string_view(start, static_cast<std::size_t>(at - start)));
    }
  }

  /// Text that is tokenised already: cut at separators (Unicode Z*, Cc) and nowhere else.
  template <class Emit>
  static void by_whitespace(std::string_view text, Emit&& emit) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const char* start = at;
    while (at < end) {
      const char* const here = at;
      const auto byte = static_cast<unsigned char>(*at);
      bool separator = kClasses[byte] == kSpace;
      if (byte < 0x80) {
        ++at;
      } else {
        separator = is_separator(next_code_point(at, end));
      }
      if (!separator) continue;
      if (here > start) emit(std::string_view(start, static_cast<std::size_t>(here - start)));
      start = at;
    }
    if (end > start) emit(std::string_view(start, static_cast<std::size_t>(end - start)));
  }

 private:
  enum ByteClass : unsigned char { kSpace, kWord, kSymbol, kBeyond };
  static constexpr std::array<ByteClass, 256> make_classes() {
    std::array<ByteClass, 256> classes{};
    for (int byte = 0; byte < 256; ++byte) {
      const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
      classes[static_cast<std::size_t>(byte)] = byte >= 0x80                  ? kBeyond
                                                : byte <= 0x20 || byte == 127 ? kSpace
                                                : letter                      ? kWord
                                                                              : kSymbol;
    }
    return classes;
  }
  static const std::array<ByteClass, 256> kClasses;

  /// Behind the word that starts at `start` and has been read up to `at`.
  static const char* word_end(const char* start, const char* at, const char* end) {
    while (true) {
      while (at < end && kClasses[static_cast<unsigned char>(*at)] == kWord) ++at;
      if (at == end || kClasses[static_cast<unsigned char>(*at)] == kSpace) return at;
      const char* next = word_goes_on(start, at, end);
      if (next == nullptr) return at;
      at = next;
    }
  }
  /// Rule 3 for what is not an ASCII letter or digit: behind it if the word goes on, else null.
  static const char* word_goes_on(const char* start, const char* at, const char* end);
  /// Behind the word that starts with no ASCII letter or digit; null for a separator.
  static const char* other_end(const char* at, const char* end);
  static const char* modifiers_end(const char* at, const char* end);
};

inline constexpr std::array<WordSplitter::ByteClass, 256> WordSplitter::kClasses = WordSplitter::make_classes();

}  // namespace zoo
