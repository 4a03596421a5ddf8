#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/occurrences.h"
#include "vectors/neighbours.h"

namespace zoo {

/// An occurrence whose meaning somebody has told.
struct TaggedOccurrence {
  std::string lemma, sense;
  std::int64_t position;  ///< of the word in its sentence, from 0
  std::vector<std::string> words;
};

/// A table with tabs: a head that names the columns lemma, sense, position and tokens, then an occurrence a line, its
/// tokens parted by spaces. Throws Error naming file and line for a column that is missing, a position outside the
/// sentence, no occurrence at all.
std::vector<TaggedOccurrence> read_senses(const std::filesystem::path& file);

/// What the words around an occurrence say, their order forgotten: rows of the same table, by the same rules.
struct SenseBaselines {
  std::int64_t around = 10;                ///< words on each side
  const NeighbourSearch* words = nullptr;  ///< whose mean vector is a row beside their bag
};

/// Word senses by nearest neighbour, layer by layer (Peters et al. 2018, §5.3, there on SemCor). {"contextual",
/// "asked", "known", "coverage": the share of asked words that the vocabulary has, "table": SenseTable of the layers,
/// their average, "bag of words", the mean vector and "most frequent sense", "lemmas": {LEMMA: {"asked", "known",
/// "senses", "table": {ROW: shares_of()}}}, "left_out": lemmas of which nothing is known, which are not asked}. `train`
/// empty: leave one out.
Json senses(const SentenceVectors& vectors, const Tokenizer& tokenizer, const std::vector<TaggedOccurrence>& test,
            const std::vector<TaggedOccurrence>& train, const SenseBaselines& baselines = {});

}  // namespace zoo
