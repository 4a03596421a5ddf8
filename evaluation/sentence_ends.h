#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// The sentences of a line, in its order and without the spaces between them: a sentence ends behind . ! ? … with the
/// quotes and brackets that close it where a space follows, and behind 。！？ anywhere. Nothing for a blank line. A
/// rule for texts that are too long to be read at once, not a tokenizer: it knows no abbreviations.
std::vector<std::string_view> sentences_of(std::string_view line);

/// Two texts as one, with a space between them unless Chinese or Japanese writing stands there, which has none.
std::string joined_texts(const std::string& first, const std::string& second);

}  // namespace zoo
