#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoo {

// What scores of translations do with a segment before they count: the rules of Python's strings, because the scores
// that ours are held to are computed by a Python program.

/// Whether str.split() parts words there.
bool is_python_space(char32_t point);

/// The words between spaces, as str.split() gives them. Bytes that are not UTF-8 become U+FFFD.
std::vector<std::string> words_between_spaces(std::string_view text);

/// Without the spaces at its end, as str.rstrip() leaves it.
std::string_view without_last_spaces(std::string_view text);

/// str.lower(): the lower case of each code point, but İ becomes two, and Σ at a word's end becomes ς.
std::string lower_case(std::string_view text);

/// How the words of a segment are told apart for BLEU, by the names that sacrebleu gives them:
///   13a   mteval-v13a's rules, for languages of Latin script; WMT's
///   intl  mteval-v14's: at all of Unicode's punctuation (but between digits) and symbols
///   zh    Chinese characters stand alone, the rest as 13a
///   char  each character is a word
///   none  words at spaces
/// Throws Error for another name.
std::vector<std::string> score_tokens(std::string_view segment, std::string_view tokenizer);

/// The names above.
const std::vector<std::string>& score_tokenizers();

}  // namespace zoo
