#pragma once

#include <string>
#include <vector>

#include "data/text_reader.h"
#include "evaluation/layer_choice.h"
#include "evaluation/occurrences.h"

namespace zoo {

/// The sentence and the word of "the *play* was long". Throws UsageError unless one word stands in stars.
Occurrence starred(const Tokenizer& tokenizer, const std::string& text);

struct InContextSettings {
  std::int64_t top = 10;
  bool same_word = false;            ///< only occurrences of the same word
  std::int64_t occurrences = 20000;  ///< how many are looked at, from the text's beginning
};

struct InContextNeighbour {
  double cosine;
  Occurrence occurrence;
};

struct InContextResult {
  std::vector<InContextNeighbour> neighbours;  ///< nearest first
  std::int64_t looked_at = 0;                  ///< occurrences
};

/// The occurrences in a text whose vectors are nearest to that of `query`, by cosine in one layer. Candidates are all
/// words of letters or digits; sentences are cut to 100 words on each side. Shows progress. Throws Interrupted.
InContextResult nearest_in_context(const SentenceVectors& vectors, const LayerChoice& layer, const Tokenizer& tokenizer,
                                   const Occurrence& query, const TextReader& text, const InContextSettings& settings);

}  // namespace zoo
