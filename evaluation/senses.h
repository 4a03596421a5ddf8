#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/occurrences.h"

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

/// How many of the asked occurrences of one lemma got their sense.
struct SenseScore {
  std::int64_t nearest = 0;        ///< by the nearest known occurrence
  std::int64_t centroid = 0;       ///< by the nearest mean of a sense's occurrences, each of length 1
  std::int64_t most_frequent = 0;  ///< by the sense that most of the known ones have: no vector is looked at
};

/// Vectors asked [n, D] and known [m, D], by cosine, their senses as numbers from 0. Known ones that are equally near
/// (within 1e-6) vote, and ties go to the sense that is more frequent among all known: so a vector that is the same in
/// every sentence answers the most frequent sense. Without `known`, each is asked with all others known.
SenseScore score_senses(const Tensor& asked, const std::vector<std::int64_t>& asked_senses,
                        const std::optional<Tensor>& known = {}, const std::vector<std::int64_t>& known_senses = {});

/// Word senses by nearest neighbour, layer by layer (Peters et al. 2018, §5.3, there on SemCor). {"contextual",
/// "asked", "known", "coverage": the share of asked words that the vocabulary has, "layers": {LAYER: {"nearest",
/// "centroid"}}, "most_frequent", "lemmas": {LEMMA: the same for it}}: accuracies; outside "lemmas" means over lemmas.
/// Lemmas of which nothing is known are not asked and stand under "left_out". `train` empty: leave one out.
Json senses(const SentenceVectors& vectors, const Tokenizer& tokenizer, const std::vector<TaggedOccurrence>& test,
            const std::vector<TaggedOccurrence>& train);

}  // namespace zoo
