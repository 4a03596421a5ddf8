#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/bleu.h"
#include "evaluation/translate.h"

namespace zoo {

/// Sentences and what they should become, line by line.
struct TranslationTest {
  std::vector<std::string> sources, references;
};

/// Reads a source text and its reference, UTF-8, a sentence a line. Lines that are empty in both are left out; one that
/// is empty in one only counts. Throws Error naming both where their lines differ in number, or where there are none.
TranslationTest read_translation_test(const std::vector<std::string>& sources,
                                      const std::vector<std::string>& references);

struct TranslationScores {
  Bleu bleu;
  std::string signature;
  std::vector<TranslatedLine> lines;
  double seconds = 0;    ///< of translating
  std::int64_t cut = 0;  ///< sources longer than the model reads: their rest was left out

  /// With `shown` sentences, spread evenly over the test, as "samples": [{"source", "reference", "translation"}].
  Json to_json(const TranslationTest& test, std::int64_t shown) const;
};

/// Translates the test and scores it. `done` hears of the number of sentences translated so far.
TranslationScores translation_scores(Translation& model, const Tokenizer& source, const Tokenizer& target,
                                     const TranslationTest& test, const SearchOptions& search, const BleuOptions& bleu,
                                     std::int64_t batch_size, const std::function<void(std::int64_t)>& done = {});

}  // namespace zoo
