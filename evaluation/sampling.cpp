#include "evaluation/sampling.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "evaluation/search_rules.h"

namespace zoo {

void SamplingOptions::fields(Fields& field) {
  field("temperature", temperature, "below 1 the likely words become likelier; 0: always the likeliest").range(0, 1000);
  field("top_k", top_k, "draw from so many of the likeliest words; 0: from all").range(0, 1 << 30);
  field("top_p", top_p, "draw from the fewest likeliest words that together have this probability").range(1e-9, 1);
}

std::vector<Choice> choices(const Tensor& log_probabilities, const SamplingOptions& options,
                            const std::vector<TokenId>& excluded) {
  const auto row = log_probabilities.to(torch::kDouble).contiguous();  // [V]
  const auto* values = row.const_data_ptr<double>();
  std::vector<Choice> all;
  all.reserve(static_cast<std::size_t>(row.size(0)));
  for (TokenId word = 0; word < row.size(0); ++word) {
    if (std::isnan(values[word])) fail("the model gave NaN as a probability; are its weights damaged?");
    if (std::isinf(values[word])) continue;
    if (std::find(excluded.begin(), excluded.end(), word) == excluded.end()) all.push_back({word, values[word]});
  }
  if (all.empty()) fail("no word is left to draw from; exclude fewer");
  const auto likelier = [](const Choice& a, const Choice& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.word < b.word;
  };
  if (options.temperature == 0) return {{std::min_element(all.begin(), all.end(), likelier)->word, 1.0}};
  auto kept = static_cast<std::int64_t>(all.size());
  if (options.top_k > 0) kept = std::min(kept, options.top_k);
  std::partial_sort(all.begin(), all.begin() + kept, all.end(), likelier);
  all.resize(static_cast<std::size_t>(kept));

  const auto make_sum_one = [&] {
    double sum = 0;
    for (const auto& choice : all) sum += choice.probability;
    for (auto& choice : all) choice.probability /= sum;
  };
  const auto largest = all[0].probability;
  for (auto& choice : all) choice.probability = std::exp((choice.probability - largest) / options.temperature);
  make_sum_one();
  if (options.top_p < 1) {
    double reached = 0;
    std::size_t count = 0;
    while (count < all.size() && reached < options.top_p) reached += all[count++].probability;
    all.resize(std::max<std::size_t>(1, count));
    make_sum_one();
  }
  return all;
}

TokenId draw(const std::vector<Choice>& choices, Random& random) {
  auto left = random.uniform();
  for (const auto& choice : choices) {
    left -= choice.probability;
    if (left < 0) return choice.word;
  }
  return choices.back().word;
}

TokenId Sampler::draw(const float* log_probabilities, std::int64_t vocabulary, const std::vector<TokenId>& excluded,
                      Random& random) {
  if (options_.temperature == 0) {
    find_likeliest(log_probabilities, vocabulary, 1, excluded, words_);
    if (words_.empty()) fail("no word is left to draw from; exclude fewer");
    return words_[0].word;
  }
  words_.clear();
  auto next_excluded = excluded.begin();
  for (TokenId word = 0; word < vocabulary; ++word) {
    while (next_excluded != excluded.end() && *next_excluded < word) ++next_excluded;
    if (next_excluded != excluded.end() && *next_excluded == word) continue;
    const auto value = log_probabilities[word];
    if (std::isnan(value)) fail("the model gave NaN as a probability; are its weights damaged?");
    if (!std::isinf(value)) words_.push_back({word, value});
  }
  if (words_.empty()) fail("no word is left to draw from; exclude fewer");
  const auto likelier = [](const LikelyWord& a, const LikelyWord& b) {
    return a.log_probability != b.log_probability ? a.log_probability > b.log_probability : a.word < b.word;
  };
  if (options_.top_k > 0 && options_.top_k < std::ssize(words_)) {
    std::nth_element(words_.begin(), words_.begin() + options_.top_k, words_.end(), likelier);
    words_.resize(static_cast<std::size_t>(options_.top_k));
  }
  // A heap whose top is the likeliest of those that are left; what was taken stands behind it, the first one last.
  const auto less_likely = [&](const LikelyWord& a, const LikelyWord& b) { return likelier(b, a); };
  std::make_heap(words_.begin(), words_.end(), less_likely);
  const auto largest = static_cast<double>(words_[0].log_probability);
  const auto weight = [&](const LikelyWord& word) {
    return std::exp((static_cast<double>(word.log_probability) - largest) / options_.temperature);
  };
  double total = 0;
  for (const auto& word : words_) total += weight(word);
  auto left = words_.end();
  const auto take = [&]() -> const LikelyWord& {
    std::pop_heap(words_.begin(), left, less_likely);
    return *--left;
  };
  if (options_.top_p < 1) {
    weights_.clear();
    double reached = 0;
    while (left != words_.begin() && (weights_.empty() || reached < options_.top_p * total)) {
      weights_.push_back(weight(take()));
      reached += weights_.back();
    }
    auto rest = random.uniform() * reached;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      rest -= weights_[i];
      if (rest < 0) return words_[words_.size() - 1 - i].word;
    }
    return left->word;
  }
  auto rest = random.uniform() * total;
  while (true) {
    const auto& word = take();
    rest -= weight(word);
    if (rest < 0 || left == words_.begin()) return word.word;
  }
}

std::vector<TokenId> generate(const NextWord& model, const std::vector<TokenId>& prompt, const GenerateOptions& options,
                              const std::function<void(TokenId)>& seen) {
  const torch::NoGradGuard no_gradient;
  if (prompt.empty()) fail("generate: the prompt holds no token; give at least one");
  Random random(options.seed);
  std::vector<TokenId> made, text = prompt;
  State state;
  Sampler sampler(options.sampling);
  auto always_excluded = options.excluded;
  std::sort(always_excluded.begin(), always_excluded.end());
  auto words = torch::tensor(std::vector<std::int64_t>(prompt.begin(), prompt.end()), torch::kInt64).unsqueeze(0);
  for (std::int64_t line = 0; std::ssize(made) < options.max_new_tokens && !interrupted();) {
    const auto log_probabilities = model.advance(words, state).to(torch::kFloat).contiguous();  // [1, V]
    auto excluded = always_excluded;
    for (const auto repeated : repeating(text, options.no_repeat)) {
      excluded.insert(std::upper_bound(excluded.begin(), excluded.end(), repeated), repeated);
    }
    const auto* row = log_probabilities.const_data_ptr<float>();
    const auto word = sampler.draw(row, log_probabilities.size(1), excluded, random);
    made.push_back(word);
    text.push_back(word);
    if (seen) seen(word);
    if (word == kEnd && ++line == options.lines) break;
    words = torch::full({1, 1}, std::int64_t{word}, torch::kInt64);
  }
  return made;
}

}  // namespace zoo
