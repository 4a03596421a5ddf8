#include "evaluation/bleu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "evaluation/score_text.h"

namespace zoo {
namespace {

std::vector<std::string> segment_words(std::string_view segment, const BleuOptions& options) {
  return score_tokens(options.lowercase ? lower_case(segment) : std::string(segment), options.tokenizer);
}

/// Each n-gram of 1 … longest words, its words joined by spaces, with its order and how often it stands there.
struct Count {
  std::int64_t order = 0, times = 0;
};
using Counts = std::unordered_map<std::string, Count>;

Counts count_ngrams(const std::vector<std::string>& words, std::int64_t longest) {
  Counts counts;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string ngram;
    for (std::int64_t order = 1; order <= longest && first + static_cast<std::size_t>(order) <= words.size(); ++order) {
      if (order > 1) ngram += ' ';
      ngram += words[first + static_cast<std::size_t>(order) - 1];
      auto& count = counts[ngram];
      count.order = order;
      ++count.times;
    }
  }
  return counts;
}

double smoothing_value(const BleuOptions& options) {
  if (options.smoothing_value >= 0) return options.smoothing_value;
  return options.smoothing == "floor" ? 0.1 : 1;
}

}  // namespace

std::string bleu_tokens(std::string_view segment, const BleuOptions& options) {
  std::string joined;
  for (const auto& word : segment_words(segment, options)) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

Bleu bleu_of_counts(std::vector<double> matches, std::vector<double> totals, std::int64_t hypothesis_words,
                    std::int64_t reference_words, const BleuOptions& options) {
  const bool known = options.smoothing == "exp" || options.smoothing == "floor" || options.smoothing == "add-k" ||
                     options.smoothing == "none";
  if (!known) fail("BLEU: smoothing '{}' is none of exp, floor, add-k, none", options.smoothing);
  Bleu bleu;
  bleu.matches = std::move(matches);
  bleu.totals = std::move(totals);
  bleu.hypothesis_words = hypothesis_words;
  bleu.reference_words = reference_words;
  bleu.precisions.assign(bleu.matches.size(), 0.0);
  if (hypothesis_words < reference_words) {
    bleu.brevity_penalty =
        hypothesis_words > 0
            ? std::exp(1 - static_cast<double>(reference_words) / static_cast<double>(hypothesis_words))
            : 0;
  }
  if (std::all_of(bleu.matches.begin(), bleu.matches.end(), [](double count) { return count == 0; })) return bleu;
  double halved = 1;
  auto orders = bleu.matches.size();
  for (std::size_t n = 0; n < bleu.matches.size(); ++n) {
    double match = bleu.matches[n], total = bleu.totals[n];
    if (options.smoothing == "add-k" && n > 0) {
      match += smoothing_value(options);
      total += smoothing_value(options);
    }
    if (total == 0) break;
    if (options.effective_order) orders = n + 1;
    if (match > 0) {
      bleu.precisions[n] = 100 * match / total;
    } else if (options.smoothing == "exp") {
      halved *= 2;  // orders without a match count as 1/2, 1/4, … of one
      bleu.precisions[n] = 100 / (halved * total);
    } else if (options.smoothing == "floor") {
      bleu.precisions[n] = 100 * smoothing_value(options) / total;
    }
  }
  double logs = 0;
  for (std::size_t n = 0; n < orders; ++n) {
    if (bleu.precisions[n] == 0) return bleu;  // the geometric mean with a zero
    logs += std::log(bleu.precisions[n]);
  }
  bleu.score = bleu.brevity_penalty * std::exp(logs / static_cast<double>(orders));
  return bleu;
}

std::vector<double> BleuMetric::counts(const std::string& hypothesis,
                                       const std::vector<std::string>& references) const {
  const auto orders = static_cast<std::size_t>(options_.longest);
  std::vector<double> counts(2 + 2 * orders, 0.0);
  const auto words = segment_words(hypothesis, options_);
  Counts most;
  std::int64_t closest = -1;
  const auto off = [&](std::int64_t length) { return std::abs(length - std::ssize(words)); };
  for (const auto& reference : references) {
    const auto other = segment_words(reference, options_);
    const auto length = std::ssize(other);
    if (closest < 0 || off(length) < off(closest) || (off(length) == off(closest) && length < closest)) {
      closest = length;
    }
    for (const auto& [ngram, count] : count_ngrams(other, options_.longest)) {
      auto& kept = most[ngram];
      kept.times = std::max(kept.times, count.times);
    }
  }
  counts[0] = static_cast<double>(words.size());
  counts[1] = static_cast<double>(closest);
  for (const auto& [ngram, count] : count_ngrams(words, options_.longest)) {
    const auto order = static_cast<std::size_t>(count.order - 1);
    counts[2 + orders + order] += static_cast<double>(count.times);
    if (const auto found = most.find(ngram); found != most.end()) {
      counts[2 + order] += static_cast<double>(std::min(count.times, found->second.times));
    }
  }
  return counts;
}

Bleu BleuMetric::bleu(const std::vector<double>& counts) const {
  const auto orders = static_cast<std::ptrdiff_t>(options_.longest);
  if (counts.empty()) return bleu_of_counts({}, {}, 0, 0, options_);
  const auto found = counts.begin() + 2;
  return bleu_of_counts({found, found + orders}, {found + orders, found + 2 * orders}, std::llround(counts[0]),
                        std::llround(counts[1]), options_);
}

std::string BleuMetric::signature(std::size_t references) const { return bleu_signature(options_, references); }

Bleu corpus_bleu(const std::vector<std::string>& hypotheses, const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options) {
  const BleuMetric metric(options);
  std::vector<double> sum(2 + 2 * static_cast<std::size_t>(options.longest), 0.0);
  for (const auto& row : counts_of(metric, hypotheses, references)) {
    for (std::size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
  }
  return metric.bleu(sum);
}

std::string bleu_signature(const BleuOptions& options, std::size_t references) {
  auto smoothing = options.smoothing;
  if (smoothing == "floor" || smoothing == "add-k") smoothing += fmt::format("[{:.2f}]", smoothing_value(options));
  return fmt::format("nrefs:{}|case:{}|eff:{}|tok:{}|smooth:{}|version:2.6.0", references,
                     options.lowercase ? "lc" : "mixed", options.effective_order ? "yes" : "no", options.tokenizer,
                     smoothing);
}

}  // namespace zoo
