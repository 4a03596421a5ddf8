#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/test_words.h"
#include "vectors/neighbours.h"

namespace zoo {

/// Two words and how alike people found them.
struct WordPair {
  std::string first, second;
  double score;
};

/// Reads WordSim-353, SimLex-999, MEN and their like: word, word, further columns; between them tabs, else commas,
/// else spaces. Lines with '#' first are comments; a first line without a number names the columns; the score is the
/// first column after the two words that holds numbers. Throws Error naming file and line.
std::vector<WordPair> read_word_pairs(const std::filesystem::path& file);

/// Spearman's rank correlation, equal values sharing their mean rank (Pearson's correlation of the ranks).
/// NaN where either side has fewer than two different values. Throws Error if the lengths differ.
double spearman(std::span<const double> first, std::span<const double> second);

struct SimilarityResult {
  double spearman = 0;         ///< over the pairs found
  double spearman_on_all = 0;  ///< over all pairs, those not found having cosine 0
  std::int64_t pairs = 0, found = 0;
  double coverage() const { return pairs == 0 ? 0 : static_cast<double>(found) / static_cast<double>(pairs); }
  /// {"spearman" (null where it has no meaning), "pairs", "found", "coverage", "spearman_on_all"}
  Json to_json() const;
};

/// Cosines of the pairs whose two words are found (TestWords) among the first `restrict_to` words of the table (0: all
/// of them), held against people's scores. `ngrams`: other words are found too where the table makes vectors of their
/// n-grams. gensim's evaluate_word_pairs cuts at 300,000, uses no n-grams, and calls spearman_on_all what dummy4unknown
/// gives.
SimilarityResult similarity(const NeighbourSearch& words, const std::vector<WordPair>& pairs,
                            std::int64_t restrict_to = 0, WordCase word_case = WordCase::fold, bool ngrams = false);

}  // namespace zoo
