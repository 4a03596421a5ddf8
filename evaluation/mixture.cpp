#include "evaluation/mixture.h"

#include <cmath>
#include <functional>
#include <utility>

#include "base/error.h"
#include "models/context_frequency.h"

namespace zoo {

namespace {

constexpr int kRounds = 1000;
constexpr double kSmallestStep = 1e-6;
constexpr double kPriorTokens = 5;  // for which the weight learned on all tokens counts in each bin

/// ln((1 − λ) e^a + λ e^b).
double mixed(double a, double b, double weight) {
  if (weight <= 0) return a;
  if (weight >= 1) return b;
  const double first = a + std::log1p(-weight), second = b + std::log(weight);
  const double larger = std::max(first, second);
  if (std::isinf(larger)) return larger;
  return larger + std::log1p(std::exp(std::min(first, second) - larger));
}

/// One token: what the model and the other say, and its bin.
using Take = std::function<void(float model, float other, std::int32_t bin)>;

void over_tokens(const NextWord& model, const NextWord& other, const Corpus& corpus, const ContextFrequency* frequency,
                 const Take& take) {
  State model_state, other_state;
  std::int64_t tokens = 0;
  read_stream(corpus, [&](const Batch& batch) {
    Tensor bins;  // [1, T]
    if (frequency != nullptr) bins = frequency->context_bins(batch, other_state).contiguous();
    const Tensor target = batch.target.contiguous();                                       // [1, T]
    const Tensor first = model.score(batch, model_state).to(torch::kFloat).contiguous();   // [1, T]
    const Tensor second = other.score(batch, other_state).to(torch::kFloat).contiguous();  // [1, T]
    for (const auto* scores : {&first, &second}) {
      check_log_probability(scores->to(torch::kDouble).sum().item<double>(), tokens);
    }
    for (std::int64_t i = 0; i < target.numel(); ++i) {
      if (target.const_data_ptr<std::int64_t>()[i] == kIgnored) continue;
      take(first.const_data_ptr<float>()[i], second.const_data_ptr<float>()[i],
           bins.defined() ? static_cast<std::int32_t>(bins.const_data_ptr<std::int64_t>()[i]) : 0);
      ++tokens;
    }
  });
}

const ContextFrequency* frequency_of(const NextWord& other) {
  auto* frequency = dynamic_cast<const ContextFrequency*>(&other);
  if (frequency == nullptr) {
    fail(
        "the model that is mixed in does not know how often it has seen a context; weights by frequency need an n-gram "
        "model there");
  }
  return frequency;
}

double weight_at(const MixtureWeights& weights, std::int32_t bin) {
  return weights.by_bin.empty() ? weights.other : weights.by_bin[static_cast<std::size_t>(bin)];
}

/// Sums over the tokens of a text.
struct Sums {
  double model = 0, other = 0, mixture = 0;
  std::int64_t tokens = 0;

  void add(float of_model, float of_other, double weight) {
    model += of_model;
    other += of_other;
    mixture += mixed(of_model, of_other, weight);
    ++tokens;
  }
  MixturePerplexity perplexity(const Corpus& corpus) const {
    return {perplexity_of(model, tokens, corpus), perplexity_of(other, tokens, corpus),
            perplexity_of(mixture, tokens, corpus)};
  }
};

/// EM for one weight over tokens that `ratios` tells of: P_other / P_model each. `prior` counts like `strength` tokens.
double fit(const std::vector<double>& ratios, double prior, double strength) {
  double weight = prior;
  const double total = static_cast<double>(ratios.size()) + strength;
  for (int round = 0; round < kRounds && total > 0; ++round) {
    double share = strength * prior;
    for (const double ratio : ratios) {
      const double odds = weight * ratio;
      share += std::isinf(ratio) ? 1.0 : odds / (1 - weight + odds);
    }
    const double before = std::exchange(weight, share / total);
    if (std::abs(weight - before) < kSmallestStep) break;
  }
  return weight;
}

}  // namespace

PairScores score_pair(const NextWord& model, const NextWord& other, const Corpus& corpus, bool by_frequency) {
  auto* frequency = by_frequency ? frequency_of(other) : nullptr;
  PairScores scores;
  if (frequency != nullptr) scores.bin_count = frequency->frequency_bins();
  over_tokens(model, other, corpus, frequency, [&](float of_model, float of_other, std::int32_t bin) {
    scores.model.push_back(of_model);
    scores.other.push_back(of_other);
    if (by_frequency) scores.bins.push_back(bin);
  });
  return scores;
}

MixtureWeights learn_weights(const PairScores& scores) {
  const auto bins = static_cast<std::size_t>(scores.bin_count);
  std::vector<double> all;
  std::vector<std::vector<double>> ratios(bins);
  for (std::size_t i = 0; i < scores.model.size(); ++i) {
    all.push_back(std::exp(static_cast<double>(scores.other[i]) - static_cast<double>(scores.model[i])));
    if (bins > 0) ratios[static_cast<std::size_t>(scores.bins[i])].push_back(all.back());
  }
  MixtureWeights weights;
  weights.other = fit(all, 0.5, 0);
  for (const auto& own : ratios) {
    weights.by_bin.push_back(fit(own, weights.other, kPriorTokens));
    weights.tokens.push_back(std::ssize(own));
  }
  return weights;
}

MixturePerplexity mixture_perplexity(const PairScores& scores, const MixtureWeights& weights, const Corpus& corpus) {
  Sums sums;
  for (std::size_t i = 0; i < scores.model.size(); ++i) {
    sums.add(scores.model[i], scores.other[i], weight_at(weights, scores.bins.empty() ? 0 : scores.bins[i]));
  }
  return sums.perplexity(corpus);
}

MixturePerplexity mixture_perplexity(const NextWord& model, const NextWord& other, const MixtureWeights& weights,
                                     const Corpus& corpus) {
  Sums sums;
  auto* frequency = weights.by_bin.empty() ? nullptr : frequency_of(other);
  over_tokens(model, other, corpus, frequency, [&](float of_model, float of_other, std::int32_t bin) {
    sums.add(of_model, of_other, weight_at(weights, bin));
  });
  return sums.perplexity(corpus);
}

Mixture::Mixture(const NextWord& model, const NextWord& other, double weight_of_other)
    : model_(model), other_(other), weight_(weight_of_other) {
  if (!(weight_ >= 0 && weight_ <= 1)) fail_usage("--weight {}: give a number from 0 to 1", weight_of_other);
}

Tensor Mixture::mix(const Tensor& model, const Tensor& other) const {
  if (weight_ == 0) return model;
  if (weight_ == 1) return other;
  return torch::logaddexp(model.to(torch::kDouble) + std::log1p(-weight_), other.to(torch::kDouble) + std::log(weight_))
      .to(torch::kFloat);
}

namespace {

/// The states of two models as one: how many tensors the first has, then those of both.
struct TwoStates {
  explicit TwoStates(const State& joined) {
    if (joined.empty()) return;
    const auto size = joined[0].item<std::int64_t>();
    first.assign(joined.begin() + 1, joined.begin() + 1 + size);
    second.assign(joined.begin() + 1 + size, joined.end());
  }
  State joined() const {
    State result = {torch::scalar_tensor(static_cast<std::int64_t>(first.size()), torch::kInt64)};
    result.insert(result.end(), first.begin(), first.end());
    result.insert(result.end(), second.begin(), second.end());
    return result;
  }
  State first, second;
};

}  // namespace

Tensor Mixture::score(const Batch& batch, State& state) const {
  TwoStates states(state);
  const Tensor model = model_.score(batch, states.first), other = other_.score(batch, states.second);  // [B, T]
  state = states.joined();
  return mix(model, other).masked_fill(batch.target.eq(kIgnored), 0);
}

Tensor Mixture::next(const Tensor& context) const { return mix(model_.next(context), other_.next(context)); }  // [B, V]

Tensor Mixture::advance(const Tensor& words, State& state) const {
  TwoStates states(state);
  const Tensor model = model_.advance(words, states.first), other = other_.advance(words, states.second);  // [B, V]
  state = states.joined();
  return mix(model, other);
}

}  // namespace zoo
