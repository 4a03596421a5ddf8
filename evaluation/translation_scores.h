#pragma once

#include <filesystem>
#include <functional>
#include <memory>
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

/// One metric over a test.
struct MetricScore {
  std::shared_ptr<const TranslationMetric> metric;
  std::vector<std::vector<double>> counts;  ///< of each sentence
  double score = 0;
};

struct TranslationScores {
  Bleu bleu;                         ///< what BLEU is made of
  std::vector<MetricScore> metrics;  ///< BLEU, chrF, TER
  std::vector<TranslatedLine> lines;
  double seconds = 0;    ///< of translating
  std::int64_t cut = 0;  ///< sources with a sentence longer than the model reads: translated in parts

  /// With `shown` sentences, spread evenly over the test, as "samples": [{"source", "reference", "translation"}].
  Json to_json(const TranslationTest& test, std::int64_t shown) const;
};

/// Translates the test and scores it. `done` hears of the number of sentences translated so far.
TranslationScores translation_scores(const Translation& model, const Tokenizer& source, const Tokenizer& target,
                                     const TranslationTest& test, const SearchOptions& search, const BleuOptions& bleu,
                                     std::int64_t batch_size, const std::function<void(std::int64_t)>& done = {});

/// Whether chance explains the differences of two models' scores on one test, by the paired bootstrap:
/// {"BLEU": {"score", "other_score", "p_value", "mean", "half_width", "other_mean", "other_half_width"}, …}.
Json significance_of(const TranslationScores& scores, const TranslationScores& others, std::uint64_t seed);

}  // namespace zoo
