#pragma once

#include <string>
#include <string_view>

namespace zoo {

/// NFC (Unicode Annex 15) and, where asked for, the simple lower case of each code point. Malformed bytes become
/// U+FFFD. Returns `text` itself where nothing is to be done, else a view of `scratch`.
std::string_view normalise_nfc(std::string_view text, bool lowercase, std::string& scratch);

/// What a code point is to the rules of words (word_splitter.h).
enum class CharacterClass {
  space,   ///< separators (Z*), control characters (Cc), invisible format characters (Cf) but the joiners
  word,    ///< letters (L*) and numbers (N*)
  cjk,     ///< Han, Kana and Bopomofo: a word by itself
  mark,    ///< M*: belongs to what stands before it
  joiner,  ///< U+200C, U+200D, U+00AD: inside a word, part of it
  symbol   ///< everything else
};
CharacterClass class_of(char32_t code_point);

/// Separators (Z*) and control characters (Cc).
bool is_separator(char32_t code_point);
bool is_letter(char32_t code_point);       ///< L*
bool is_number(char32_t code_point);       ///< N*
bool is_punctuation(char32_t code_point);  ///< P*
bool is_white_space(char32_t code_point);  ///< Unicode's White_Space
bool is_other(char32_t code_point);        ///< C*: control, format, private, unassigned
/// Canonical decomposition (NFD) without the marks that stand over or under letters (Mn); malformed bytes: U+FFFD.
std::string without_accents(std::string_view text);
/// The simple lower case of each code point.
std::string lower_case_of(std::string_view text);

}  // namespace zoo
