#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fields.h"
#include "data/text_files.h"

namespace zoo {

/// Phrases: neighbours that stand together far more often than their counts would have it are joined to one word,
/// "new york" to "new_york" (Mikolov, Sutskever, Chen, Corrado & Dean 2013, section 4, as their word2phrase does it):
///
///   score(a, b) = (count(ab) − δ) / (count(a) · count(b)) · N > threshold
///
/// N words in the text, δ the discount; a, b and ab must be there at least min_count times. A line's words are joined
/// from left to right, each at most once in a pass; further passes over what came out make longer phrases. Deviations
/// from word2phrase: pairs are counted apart from words, so that "new_york" of the text is never taken for the pair;
/// arithmetic is in double precision; only pairs of words that are frequent enough are counted.
struct PhraseOptions {
  std::int64_t passes = 2, discount = 5, min_count = 5;
  double threshold = 100, threshold_factor = 1;
  std::string split = "punctuation";
  bool lowercase = false;
  std::int64_t max_words = 10'000'000, max_pairs = 20'000'000;
  void fields(Fields& f);
};

struct Phrase {
  std::string first, second;
  std::uint64_t count = 0;
  double score = 0;
};

/// The phrases of each pass, best first, and how the text was cut into words.
struct PhraseTable {
  std::string split = "punctuation";
  bool lowercase = false;
  std::vector<std::vector<Phrase>> passes;

  /// A first line that says how words are cut, then a line "pass TAB first TAB second TAB count TAB score" for each.
  void save(const std::filesystem::path& file) const;
  /// Throws Error naming file and line.
  static PhraseTable load(const std::filesystem::path& file);
};

/// What a pass found and did.
struct PhrasePass {
  std::uint64_t words = 0, vocabulary = 0;  ///< N; different words that are frequent enough
  std::uint64_t pairs = 0;                  ///< different pairs of those that were counted
  std::uint64_t phrases = 0, joined = 0;    ///< different ones; places where two words became one
  std::uint64_t pair_bytes = 0;             ///< that the table of pairs took
  /// Entries of rare words, rare pairs that were forgotten for want of room; 0: all counts are exact.
  std::uint64_t forgotten_words = 0, forgotten_pairs = 0;
};

/// Learns phrases and writes the text with them joined: lines stay lines, empty ones too, words parted by one space,
/// an empty line between files. The text is read three times a pass and never held; between passes it lies beside
/// `output`. Memory: first a table of at most max_words words (about 30 bytes and the word's own each), then that of
/// the frequent ones and of at most max_pairs pairs (PairCounts), and a few megabytes a thread. Every number of threads
/// gives the same file. `table` gets the phrases.
std::vector<PhrasePass> make_phrases(const std::vector<TextFile>& files, const PhraseOptions& options,
                                     const std::filesystem::path& output, PhraseTable& table);

/// Writes the text with the phrases of a table joined, all its passes.
std::vector<PhrasePass> join_phrases(const std::vector<TextFile>& files, const PhraseTable& table,
                                     const std::filesystem::path& output);

}  // namespace zoo
