#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// A score of translations against references, 0 … 100 or above, that comes from counts which are added up over the
/// sentences: so a score of any part of a test costs only a sum.
class TranslationMetric {
 public:
  virtual ~TranslationMetric() = default;
  virtual std::string name() const = 0;  ///< "BLEU", "chrF2", "TER"
  /// sacrebleu's own words for what is computed, with the version that ours is held to.
  virtual std::string signature(std::size_t references) const = 0;
  virtual bool higher_is_better() const = 0;
  /// The counts of one sentence, as many for each; one reference or more.
  virtual std::vector<double> counts(const std::string& hypothesis,
                                     const std::vector<std::string>& references) const = 0;
  virtual double score(const std::vector<double>& counts) const = 0;
};

/// One row of counts for each sentence. references: of each sentence one or more. Throws Error where a sentence has
/// none or the numbers differ.
std::vector<std::vector<double>> counts_of(const TranslationMetric& metric, const std::vector<std::string>& hypotheses,
                                           const std::vector<std::vector<std::string>>& references);

/// The score of all sentences together.
double corpus_score(const TranslationMetric& metric, const std::vector<std::vector<double>>& counts);

}  // namespace zoo
