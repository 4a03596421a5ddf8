#include "evaluation/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "evaluation/likeliest.h"
#include "models/decoding.h"

namespace zoo {
namespace {

/// A word of a translation and what stands before it; beginnings share what they have in common.
struct Node {
  TokenId word;
  double log_probability;
  std::int32_t before;  ///< -1: nothing
};

/// A beginning that is still gone on with; it has a row in the decoding.
struct Beginning {
  std::int32_t last = -1;  ///< its last word's node
  double sum = 0;
  std::int64_t row = 0;
};

struct Candidate {
  double sum;
  std::size_t beginning;
  LikelyWord word;
};

bool likelier(const Candidate& a, const Candidate& b) {
  if (a.sum != b.sum) return a.sum > b.sum;
  return a.beginning != b.beginning ? a.beginning < b.beginning : a.word.word < b.word.word;
}

/// One sentence's search.
class Search {
 public:
  Search(SearchRules rules, std::int64_t row, const SearchOptions& options)
      : rules_(std::move(rules)), options_(options), beam_{Beginning{.row = row}} {}

  bool done() const { return beam_.empty(); }
  std::vector<Beginning>& beam() { return beam_; }
  TokenId last_word(const Beginning& beginning) const { return nodes_[static_cast<std::size_t>(beginning.last)].word; }

  /// One word further: log_probabilities [rows, V]. The new beam's rows are still those of the beginnings it came from.
  void extend(const float* log_probabilities, std::int64_t vocabulary) {
    const auto most = static_cast<std::size_t>(options_.beam);
    const bool last = rules_.must_end(count_);
    // Twice as many as are kept: each beginning can end only once, so that enough remain which do not.
    find_candidates(log_probabilities, vocabulary, 2 * most);
    std::vector<Beginning> next;
    for (std::size_t rank = 0; rank < candidates_.size(); ++rank) {
      const auto& [sum, number, likely] = candidates_[rank];
      const auto& before = beam_[number];
      if (likely.word == kEnd) {
        if (rank < most && finished_.size() < most) finish(before, sum, likely);
      } else if (next.size() < most) {
        next.push_back({static_cast<std::int32_t>(nodes_.size()), sum, before.row});
        nodes_.push_back({likely.word, static_cast<double>(likely.log_probability), before.last});
      }
    }
    ++count_;
    if (last || finished_.size() == most) next.clear();
    beam_ = std::move(next);
  }

  /// The finished ones, the highest score first.
  std::vector<Hypothesis> take_best() {
    std::stable_sort(finished_.begin(), finished_.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    if (std::ssize(finished_) > options_.n_best) finished_.resize(static_cast<std::size_t>(options_.n_best));
    return std::move(finished_);
  }

 private:
  /// The likeliest `count` ways to go on, the likeliest first; equals in the order of beginnings and words.
  void find_candidates(const float* log_probabilities, std::int64_t vocabulary, std::size_t count) {
    candidates_.clear();
    const auto only = rules_.only_word(count_);
    if (!only && !rules_.looks_back()) banned_ = rules_.banned({});
    for (std::size_t i = 0; i < beam_.size(); ++i) {
      const auto* row = log_probabilities + beam_[i].row * vocabulary;
      if (only) {
        if (std::isnan(row[*only])) fail("the model gave NaN as a probability; are its weights damaged?");
        likely_ = {{*only, row[*only]}};
        if (std::isinf(row[*only])) likely_.clear();
      } else {
        if (rules_.looks_back()) banned_ = rules_.banned(hypothesis_of(beam_[i]).words);
        find_likeliest(row, vocabulary, count, banned_, likely_);
      }
      for (const auto& likely : likely_) {
        candidates_.push_back({beam_[i].sum + static_cast<double>(likely.log_probability), i, likely});
      }
    }
    const auto kept = std::min(count, candidates_.size());
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(kept), candidates_.end(),
                      likelier);
    candidates_.resize(kept);
  }

  Hypothesis hypothesis_of(const Beginning& beginning) const {
    Hypothesis hypothesis;
    for (auto at = beginning.last; at >= 0; at = nodes_[static_cast<std::size_t>(at)].before) {
      hypothesis.words.push_back(nodes_[static_cast<std::size_t>(at)].word);
      hypothesis.log_probabilities.push_back(nodes_[static_cast<std::size_t>(at)].log_probability);
    }
    std::reverse(hypothesis.words.begin(), hypothesis.words.end());
    std::reverse(hypothesis.log_probabilities.begin(), hypothesis.log_probabilities.end());
    return hypothesis;
  }

  void finish(const Beginning& beginning, double sum, const LikelyWord& end) {
    auto hypothesis = hypothesis_of(beginning);
    hypothesis.log_probabilities.push_back(static_cast<double>(end.log_probability));
    hypothesis.log_probability = sum;
    hypothesis.score = sum / length_penalty(options_, std::ssize(hypothesis.log_probabilities));
    finished_.push_back(std::move(hypothesis));
  }

  SearchRules rules_;
  const SearchOptions& options_;
  std::vector<Beginning> beam_;  ///< empty: done
  std::size_t count_ = 0;        ///< words of each beginning
  std::vector<Node> nodes_;
  std::vector<Hypothesis> finished_;
  std::vector<Candidate> candidates_;  // of a step
  std::vector<LikelyWord> likely_;
  std::vector<TokenId> banned_;
};

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(const Translation& model, const Tensor& sources, const Tensor& lengths,
                                                 const SearchOptions& options, const std::vector<Prefix>& prefixes) {
  const torch::NoGradGuard no_gradient;
  std::vector<Search> searches;
  for (auto& rules : search_rules(model, lengths, options, prefixes)) {
    searches.emplace_back(std::move(rules), std::ssize(searches), options);
  }
  const auto decoding = decode(model, sources, lengths);
  auto words = torch::full({sources.size(0)}, std::int64_t{kBegin}, torch::kInt64);  // [rows]
  std::vector<std::int64_t> from, next;
  while (words.size(0) > 0) {
    if (interrupted()) throw Interrupted("interrupted while translating");
    const auto log_probabilities = decoding->step(words).to(torch::kFloat).contiguous();  // [rows, V]
    from.clear();
    next.clear();
    for (auto& search : searches) {
      if (search.done()) continue;
      search.extend(log_probabilities.const_data_ptr<float>(), log_probabilities.size(1));
      for (auto& beginning : search.beam()) {
        from.push_back(std::exchange(beginning.row, std::ssize(from)));
        next.push_back(search.last_word(beginning));
      }
    }
    bool same = std::ssize(from) == words.size(0);
    for (std::size_t i = 0; i < from.size() && same; ++i) same = from[i] == static_cast<std::int64_t>(i);
    if (!same && !from.empty()) decoding->pick(torch::tensor(from, torch::kInt64));
    words = torch::tensor(next, torch::kInt64);  // [rows]
  }
  std::vector<std::vector<Hypothesis>> result;
  for (auto& search : searches) result.push_back(search.take_best());
  return result;
}

}  // namespace zoo
