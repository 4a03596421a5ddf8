#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// BLEU (Papineni et al. 2002) as sacrebleu 2.6 computes it (Post 2018), its defaults first: the same sentences give
/// the same number, so that scores may be held against published ones.
struct BleuOptions {
  bool lowercase = false;
  std::string tokenizer = "13a";  ///< "13a" (that of WMT's mteval-v13a), "none" (words at spaces) or "char"
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

/// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0": sacrebleu's own words for what was computed, with the
/// version that our scores are held to.
std::string bleu_signature(const BleuOptions& options, std::size_t references = 1);

/// The words of a segment as the tokenizer cuts it, parted by single spaces.
std::string bleu_tokens(std::string_view segment, const BleuOptions& options);

}  // namespace zoo
