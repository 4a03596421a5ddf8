#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/test_words.h"
#include "vectors/neighbours.h"

namespace zoo {

/// "Athens is to Greece as Baghdad to Iraq", the section's four words.
struct AnalogySection {
  std::string name;
  std::vector<std::array<std::string, 4>> questions;
  bool syntactic() const { return name.starts_with("gram"); }
};

/// Reads questions-words.txt and its like: ": section" lines, then four words a line. Throws Error naming file and
/// line.
std::vector<AnalogySection> read_analogies(const std::filesystem::path& file);

struct AnalogyScore {
  std::string name;
  std::int64_t questions = 0, seen = 0, right = 0;
  double accuracy_on_seen() const;  ///< right / seen
  double coverage() const;          ///< seen / questions
  double accuracy_on_all() const;   ///< right / questions: what is missing is wrong
  /// {"questions", "seen", "right", "accuracy_on_seen", "coverage", "accuracy_on_all"}; null where nothing was seen.
  Json to_json() const;
};

struct AnalogyResult {
  std::vector<AnalogyScore> sections;
  AnalogyScore semantic, syntactic, total;  ///< sections whose name starts with "gram" are the syntactic ones
  std::int64_t vocabulary = 0;              ///< words that could be answers
  /// {"total", "semantic", "syntactic", "sections": {NAME: …}, "vocabulary"}
  Json to_json() const;
};

/// What decides an answer besides the vectors.
struct AnalogyRules {
  AnalogyMethod method = AnalogyMethod::add;
  WordCase word_case = WordCase::fold;
};

/// a : b = c : ? over unit vectors, by 3CosAdd or 3CosMul (vectors/neighbours.h), the three words of the question
/// excluded in every spelling. Only the first `restrict_to` words of the table, the most frequent, take part, as
/// question or answer (0: all). Vocabulary cut and case are those of gensim's evaluate_word_analogies and word2vec.c's
/// compute-accuracy: TestWords. Throws Error for vectors that are not finite.
AnalogyResult analogies(const NeighbourSearch& words, const std::vector<AnalogySection>& sections,
                        std::int64_t restrict_to = 30'000, const AnalogyRules& rules = {});

}  // namespace zoo
