#include "evaluation/chrf.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/utf8.h"
#include "evaluation/score_text.h"

namespace zoo {
namespace {

using NgramCounts = std::unordered_map<std::string, std::int64_t>;

bool is_mark(std::string_view character) {
  constexpr std::string_view kMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  return character.size() == 1 && kMarks.find(character) != std::string_view::npos;
}

std::vector<std::string> characters_of(std::string_view text, bool whitespace) {
  std::vector<std::string> characters;
  const char* at = text.data();
  for (const char* end = at + text.size(); at < end;) {
    const auto point = next_code_point(at, end);
    if (whitespace || !is_python_space(point)) append_utf8(characters.emplace_back(), point);
  }
  return characters;
}

/// Words, with a mark at their end (or else at their begin) as a word of its own.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto& word : words_between_spaces(text)) {
    const auto characters = characters_of(word, true);
    if (characters.size() > 1 && is_mark(characters.back())) {
      words.push_back(word.substr(0, word.size() - 1));
      words.push_back(characters.back());
    } else if (characters.size() > 1 && is_mark(characters.front())) {
      words.push_back(characters.front());
      words.push_back(word.substr(1));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

/// The n-grams of 1 … `longest` items, an entry for each order.
void count_ngrams(const std::vector<std::string>& items, std::int64_t longest, const std::string& between,
                  std::vector<NgramCounts>& counts) {
  const auto before = counts.size();
  counts.resize(before + static_cast<std::size_t>(longest));
  for (std::size_t first = 0; first < items.size(); ++first) {
    std::string ngram;
    for (std::size_t n = 0; n < static_cast<std::size_t>(longest) && first + n < items.size(); ++n) {
      if (n > 0) ngram += between;
      ngram += items[first + n];
      ++counts[before + n][ngram];
    }
  }
}

std::vector<NgramCounts> ngrams_of(const std::string& segment, const ChrfOptions& options) {
  const auto text = options.lowercase ? lower_case(segment) : segment;
  std::vector<NgramCounts> counts;
  count_ngrams(characters_of(text, options.whitespace), options.character_order, "", counts);
  count_ngrams(words_of(text), options.word_order, " ", counts);
  return counts;
}

double total(const NgramCounts& ngrams) {
  std::int64_t sum = 0;
  for (const auto& [ngram, count] : ngrams) sum += count;
  return static_cast<double>(sum);
}

}  // namespace

std::string ChrfMetric::name() const {
  return fmt::format("chrF{}{}", options_.beta, std::string(static_cast<std::size_t>(options_.word_order), '+'));
}

std::string ChrfMetric::signature(std::size_t references) const {
  return fmt::format("nrefs:{}|case:{}|eff:{}|nc:{}|nw:{}|space:{}|version:2.6.0", references,
                     options_.lowercase ? "lc" : "mixed", options_.epsilon_smoothing ? "no" : "yes",
                     options_.character_order, options_.word_order, options_.whitespace ? "yes" : "no");
}

std::vector<double> ChrfMetric::counts(const std::string& hypothesis,
                                       const std::vector<std::string>& references) const {
  const auto ours = ngrams_of(hypothesis, options_);
  std::vector<double> best;
  double best_score = -1;
  for (const auto& reference : references) {
    const auto theirs = ngrams_of(reference, options_);
    std::vector<double> counts;
    for (std::size_t order = 0; order < ours.size(); ++order) {
      std::int64_t both = 0;
      for (const auto& [ngram, count] : ours[order]) {
        if (const auto found = theirs[order].find(ngram); found != theirs[order].end()) {
          both += std::min(count, found->second);
        }
      }
      counts.push_back(theirs[order].empty() ? 0 : total(ours[order]));
      counts.push_back(total(theirs[order]));
      counts.push_back(static_cast<double>(both));
    }
    if (const auto one = score(counts); one > best_score) {
      best_score = one;
      best = std::move(counts);
    }
  }
  return best;
}

double ChrfMetric::score(const std::vector<double>& counts) const {
  constexpr double kNearlyZero = 1e-16;
  const auto factor = static_cast<double>(options_.beta * options_.beta);
  double smoothed = 0, precisions = 0, recalls = 0;
  int orders = 0;
  for (std::size_t i = 0; i + 2 < counts.size(); i += 3) {
    const auto ours = counts[i], theirs = counts[i + 1], both = counts[i + 2];
    const auto precision = ours > 0 ? both / ours : kNearlyZero;
    const auto recall = theirs > 0 ? both / theirs : kNearlyZero;
    const auto below = factor * precision + recall;
    smoothed += below > 0 ? (1 + factor) * precision * recall / below : kNearlyZero;
    if (ours > 0 && theirs > 0) {
      precisions += precision;
      recalls += recall;
      ++orders;
    }
  }
  if (options_.epsilon_smoothing) {
    return 100 * smoothed / static_cast<double>(options_.character_order + options_.word_order);
  }
  if (precisions + recalls == 0) return 0;
  precisions /= orders;
  recalls /= orders;
  return 100 * (1 + factor) * precisions * recalls / (factor * precisions + recalls);
}

}  // namespace zoo
