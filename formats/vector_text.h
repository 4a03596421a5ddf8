#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace zoo {

// Lines of word vectors as text: the word, then D numbers, between them spaces or tabs. Words may hold spaces, so a
// line is read from its right end.

/// A number written in decimal, all of `text`; nan and inf too.
std::optional<float> parse_float(std::string_view text);

/// Appends the line's last `dimension` numbers to `numbers` and returns the word before them. Nothing, with `numbers`
/// as before, where the line does not end in so many numbers after a word.
std::optional<std::string_view> parse_vector_line(std::string_view line, std::size_t dimension,
                                                  std::vector<float>& numbers);

/// How many numbers a line ends in, leaving its first field to the word.
std::size_t trailing_numbers(std::string_view line);

/// Takes the next line, without its end, off `text`; `whole` says whether it had an end.
std::string_view take_line(std::string_view& text, bool& whole);

/// "V D": the first line of word2vec's files.
struct VectorHeader {
  std::uint64_t words, dimension;
};
std::optional<VectorHeader> parse_vector_header(std::string_view line);

}  // namespace zoo
