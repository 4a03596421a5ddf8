#include "evaluation/sample_search.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "models/decoding.h"

namespace zoo {
namespace {

/// A translation while it is drawn.
struct Drawn {
  std::size_t sentence;
  std::int64_t row;
  Random random;
  Hypothesis hypothesis = {};
};

}  // namespace

std::vector<std::vector<Hypothesis>> sample_search(const Translation& model, const Tensor& sources,
                                                   const Tensor& lengths, const SearchOptions& options,
                                                   const DrawOptions& draw, const std::vector<std::uint64_t>& numbers,
                                                   const std::vector<Prefix>& prefixes) {
  const torch::NoGradGuard no_gradient;
  const auto rules = search_rules(model, lengths, options, prefixes);
  if (numbers.size() != rules.size()) fail("{} streams of numbers for {} sentences", numbers.size(), rules.size());
  std::vector<Drawn> drawn;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto seed = Random(draw.seed, numbers[i]).bits();
    for (std::int64_t k = 0; k < options.n_best; ++k) {
      drawn.push_back({i, static_cast<std::int64_t>(i), Random(seed, static_cast<std::uint64_t>(k))});
    }
  }
  const auto decoding = decode(model, sources, lengths);
  auto words = torch::full({sources.size(0)}, std::int64_t{kBegin}, torch::kInt64);  // [rows]
  std::vector<std::vector<Hypothesis>> result(rules.size());
  std::vector<std::int64_t> from, next;
  Sampler sampler(draw.sampling);
  while (!drawn.empty()) {
    if (interrupted()) throw Interrupted("interrupted while translating");
    const auto log_probabilities = decoding->step(words).to(torch::kFloat).contiguous();  // [rows, V]
    const auto vocabulary = log_probabilities.size(1);
    from.clear();
    next.clear();
    std::vector<Drawn> going_on;
    for (auto& one : drawn) {
      const auto* row = log_probabilities.const_data_ptr<float>() + one.row * vocabulary;
      auto& [made, each, sum, score] = one.hypothesis;
      const auto& rule = rules[one.sentence];
      const auto only = rule.only_word(made.size());
      const auto word = only ? *only : sampler.draw(row, vocabulary, rule.banned(made), one.random);
      each.push_back(static_cast<double>(row[word]));
      sum += each.back();
      if (word == kEnd) {
        score = sum / length_penalty(options, std::ssize(each));
        result[one.sentence].push_back(std::move(one.hypothesis));
        continue;
      }
      made.push_back(word);
      from.push_back(std::exchange(one.row, std::ssize(from)));
      next.push_back(word);
      going_on.push_back(std::move(one));
    }
    bool same = std::ssize(from) == words.size(0);
    for (std::size_t i = 0; i < from.size() && same; ++i) same = from[i] == static_cast<std::int64_t>(i);
    if (!same && !from.empty()) decoding->pick(torch::tensor(from, torch::kInt64));
    words = torch::tensor(next, torch::kInt64);  // [rows]
    drawn = std::move(going_on);
  }
  for (auto& sentence : result) {
    std::stable_sort(sentence.begin(), sentence.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  }
  return result;
}

std::vector<Hypothesis> greedy_search(const Translation& model, const Tensor& sources, const Tensor& lengths,
                                      const SearchOptions& options, const std::vector<Prefix>& prefixes) {
  auto one = options;
  one.n_best = 1;
  std::vector<Hypothesis> result;
  const std::vector<std::uint64_t> numbers(static_cast<std::size_t>(lengths.size(0)));
  for (auto& sentence :
       sample_search(model, sources, lengths, one, {.sampling = {.temperature = 0}}, numbers, prefixes)) {
    result.push_back(std::move(sentence.at(0)));
  }
  return result;
}

}  // namespace zoo
