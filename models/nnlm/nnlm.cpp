#include "models/nnlm/nnlm.h"

#include <cmath>

#include "base/error.h"
#include "models/layers/linear_cross_entropy.h"

namespace zoo::nnlm {
namespace {

/// The last `count` columns of `words` [B, T], kEnd before them where T is less.
Tensor last_words(const Tensor& words, std::int64_t count) {
  const auto there = words.size(1);
  if (there >= count) return words.narrow(1, there - count, count);
  return torch::cat({torch::full({words.size(0), count - there}, std::int64_t{kEnd}, words.options()), words}, 1);
}

}  // namespace

void NnlmOptions::fields(Fields& field) {
  field("order", order, "n: a word is predicted from the n − 1 before it").range(2, 64);
  field("embedding", embedding, "m: numbers in a word's vector").range(1, 1 << 14);
  field("hidden", hidden, "h: hidden units; 0 leaves the hidden layer out").range(0, 1 << 16);
  field("direct", direct, "direct connections W from the word vectors to the output");
  field("dropout", dropout, "share of the output layer's inputs zeroed in training").range(0, 0.95);
}

void NnlmOptions::check() const {
  if (hidden == 0 && !direct) {
    fail_usage("model.hidden: 0 without model.direct leaves nothing between words and prediction; set direct to true");
  }
}

double NnlmOptions::parameters(std::int64_t vocabulary) const {
  const auto words = static_cast<double>(vocabulary), n = static_cast<double>(order);
  const auto m = static_cast<double>(embedding), h = static_cast<double>(hidden);
  return words * (1 + n * m + h) + h * (1 + (n - 1) * m) - (direct ? 0 : words * (n - 1) * m);
}

NetworkImpl::NetworkImpl(const NnlmOptions& given, std::int64_t vocabulary) : options(given) {
  const auto inputs = options.context() * options.embedding;  // (n−1)·m
  embedding = register_module("embedding", torch::nn::Embedding(vocabulary, options.embedding));
  if (options.hidden > 0) hidden = register_module("hidden", torch::nn::Linear(inputs, options.hidden));
  output = register_module("output", torch::nn::Linear(options.hidden + (options.direct ? inputs : 0), vocabulary));
}

Tensor NetworkImpl::features(const Tensor& context) {
  const auto x = embedding(context).flatten(1);  // [B, (n−1)·m]
  Tensor result = x;
  if (options.hidden > 0) {
    const auto units = torch::tanh(hidden(x));                    // [B, h]
    result = options.direct ? torch::cat({units, x}, 1) : units;  // [B, h + (n−1)·m]
  }
  return options.dropout > 0 ? torch::dropout(result, options.dropout, is_training()) : result;
}

Nnlm::Nnlm(const NnlmOptions& options, const VocabularyFacts& vocabulary)
    : vocabulary_(vocabulary.size), counts_(vocabulary.counts), network_(options, vocabulary.size) {}

Json Nnlm::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

Parts Nnlm::parts() {
  Parts parts;
  for (const auto& parameter : network_->named_parameters()) {
    parts.emplace_back(parameter.key(), parameter.value().detach());
  }
  return parts;
}

void Nnlm::initialise(std::uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  auto random = at::detail::createCPUGenerator(seed);
  auto& network = *network_;
  const auto spread = 0.1 * std::sqrt(3.0);  // of standard deviation 0.1
  network.embedding->weight.uniform_(-spread, spread, random);
  if (!network.hidden.is_empty()) {
    const auto bound = 1 / std::sqrt(static_cast<double>(network.hidden->weight.size(1)));
    network.hidden->weight.uniform_(-bound, bound, random);
    network.hidden->bias.uniform_(-bound, bound, random);
  }
  network.output->weight.zero_();
  network.output->bias.zero_();
  if (!counts_.empty()) {
    const auto counts = torch::tensor(counts_, torch::kInt64).to(torch::kDouble);  // [V]
    // Half a count more for each, so that words that never occur get a finite start.
    network.output->bias.copy_(((counts + 0.5) / (counts + 0.5).sum()).log());
  }
}

Loss Nnlm::loss(const Batch& batch, State&) {
  const auto features = network_->features(batch.input);  // [B, h + (n−1)·m]
  const auto sum = linear_cross_entropy(features, network_->output->weight, network_->output->bias, batch.target);
  return {sum, batch.target.ne(kIgnored).sum().item<std::int64_t>(), Unit::token};
}

Tensor Nnlm::score(const Batch& batch, State& state) {
  const torch::NoGradGuard no_gradient;
  const auto context = network_->options.context(), carried = context - 1;
  const auto rows = batch.input.size(0), steps = batch.input.size(1);
  auto slots = batch.slots.defined() ? batch.slots : torch::arange(rows, torch::kInt64);  // [B]
  const auto fresh = torch::full({slots.max().item<std::int64_t>() + 1, carried}, std::int64_t{kEnd}, torch::kInt64);
  if (state.empty()) state = {fresh};
  if (state[0].size(0) < fresh.size(0)) {
    state[0] = torch::cat({state[0], fresh.narrow(0, 0, fresh.size(0) - state[0].size(0))});
  }
  auto before = state[0].index_select(0, slots);  // [B, n−2]
  if (batch.starts.defined()) before = before.masked_fill(batch.starts.unsqueeze(1), std::int64_t{kEnd});
  const auto words = torch::cat({before, batch.input}, 1);         // [B, n−2+T]
  const auto windows = words.unfold(1, context, 1).flatten(0, 1);  // [B·T, n−1]
  const auto scores = linear_log_probability(network_->features(windows), network_->output->weight,
                                             network_->output->bias, batch.target.flatten());
  // The words before the next input are the last n − 2 of those that count in each row.
  const auto lengths = batch.lengths.defined() ? batch.lengths : torch::full({rows}, steps, torch::kInt64);
  const auto places = lengths.unsqueeze(1) + torch::arange(carried, torch::kInt64);  // [B, n−2]
  state[0] = state[0].index_copy(0, slots, words.gather(1, places));
  return scores.view({rows, steps});
}

Tensor Nnlm::next(const Tensor& context) {
  const torch::NoGradGuard no_gradient;
  const auto features = network_->features(last_words(context, network_->options.context()));
  return linear_log_softmax(features, network_->output->weight, network_->output->bias);  // [B, V]
}

Tensor Nnlm::cloze(const Tensor& left, const Tensor&) {
  return next(left.masked_fill(left.eq(std::int64_t{kPad}), std::int64_t{kEnd}));
}

}  // namespace zoo::nnlm
