#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace zoo {

// From the files of a package to plain UTF-8 text, one function a dataset. Each reads folder `from`, writes into folder
// `to`, and throws Error naming the file when its content is not the dataset: what it should count is given.

struct BrownSize {
  std::int64_t texts = 500, sentences = 57'340, tokens = 1'161'192;
};

/// The Brown corpus: from/ca01 … cr09, latin-1, sentences of word/tag tokens. Makes brown.txt (a sentence a line, words
/// joined by a space, an empty line between texts) and brown.tagged.txt (the same with word/tag).
void prepare_brown(const std::filesystem::path& from, const std::filesystem::path& to, const BrownSize& expected = {});

/// The Bible in six versions of public domain: from/bible.db, SQLite. Makes bible.LANGUAGE.txt, line i of each the same
/// verse, an empty line between chapters. A verse that is empty or a placeholder in one version, or whose length there,
/// against the King James text, is more than 2.5 times off that version's usual ratio, is left out of all.
void prepare_bible(const std::filesystem::path& from, const std::filesystem::path& to, std::int64_t verses = 31'102);

/// Word analogies: from/questions-words.txt, the same with LF line ends.
void prepare_questions(const std::filesystem::path& from, const std::filesystem::path& to,
                       std::int64_t questions = 19'544);

/// Word pairs with human scores: from/`source` with tabs, any comment lines; makes `target`: word, word, score, by
/// tabs.
void prepare_pairs(const std::filesystem::path& from, const std::string& source, const std::filesystem::path& to,
                   const std::string& target, std::int64_t pairs);

}  // namespace zoo
