#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluation/translation_metric.h"

namespace zoo {

/// BLEU (Papineni et al. 2002) as sacrebleu 2.6 computes it (Post 2018), its defaults first: the same sentences give
/// the same number, so that scores may be held against published ones.
struct BleuOptions {
  bool lowercase = false;
  std::string tokenizer = "13a";  ///< of score_tokens
  std::string smoothing = "exp";  ///< "exp", "floor", "add-k" or "none" (Chen and Cherry 2014)
  double smoothing_value = -1;    ///< of floor and add-k; negative: 0.1 and 1
  bool effective_order = false;   ///< orders beyond the longest are left out: for single sentences
  std::int64_t longest = 4;       ///< n-grams of 1 … longest words
};

struct Bleu {
  double score = 0;                     ///< 0 … 100
  double brevity_penalty = 1;           ///< exp(1 − references / hypotheses) where those are longer, else 1
  std::vector<double> precisions;       ///< of each order, 0 … 100, smoothed
  std::vector<double> matches, totals;  ///< n-grams found in a reference, and all, of each order
  std::int64_t hypothesis_words = 0, reference_words = 0;
};

/// score = brevity penalty · exp(mean over the orders of log precision), with counts added up over all sentences.
/// references: of each sentence one or more. Throws Error where a sentence has none or the numbers differ.
Bleu corpus_bleu(const std::vector<std::string>& hypotheses, const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options = {});

/// The last step alone, from counts.
Bleu bleu_of_counts(std::vector<double> matches, std::vector<double> totals, std::int64_t hypothesis_words,
                    std::int64_t reference_words, const BleuOptions& options = {});

/// BLEU as one of several metrics. Its counts: words of the translation, words of the closest reference, n-grams found
/// of each order, n-grams of each order.
class BleuMetric : public TranslationMetric {
 public:
  explicit BleuMetric(BleuOptions options = {}) : options_(std::move(options)) {}
  std::string name() const override { return "BLEU"; }
  std::string signature(std::size_t references) const override;
  bool higher_is_better() const override { return true; }
  std::vector<double> counts(const std::string& hypothesis, const std::vector<std::string>& references) const override;
  double score(const std::vector<double>& counts) const override { return bleu(counts).score; }
  Bleu bleu(const std::vector<double>& counts) const;

 private:
  BleuOptions options_;
};

/// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0": sacrebleu's own words for what was computed, with the
/// version that our scores are held to.
std::string bleu_signature(const BleuOptions& options, std::size_t references = 1);

/// The words of a segment as the tokenizer cuts it, parted by single spaces.
std::string bleu_tokens(std::string_view segment, const BleuOptions& options);

}  // namespace zoo
