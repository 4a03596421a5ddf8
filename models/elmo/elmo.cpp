#include "models/elmo/elmo.h"

#include <cmath>

#include "models/beside.h"
#include "models/layers/dropout.h"

namespace zoo::elmo {

NetworkImpl::NetworkImpl(const ElmoOptions& given, const VocabularyFacts& vocabulary) : options(given) {
  token = register_module("token", TokenLayer(options, vocabulary));
  forward_lm = register_module("forward", LstmStack(options));
  backward_lm = register_module("backward", LstmStack(options));
  if (options.predicts()) {
    softmax = register_module(
        "softmax", make_output_layer(options.output, vocabulary.size, options.projection, vocabulary.counts));
  }
}

Elmo::Elmo(const ElmoOptions& options, const VocabularyFacts& vocabulary)
    : vocabulary_(vocabulary.size),
      counts_(vocabulary.counts),
      log_unigram_(torch::full({vocabulary.size}, -std::log(static_cast<double>(vocabulary.size)), torch::kFloat)),
      network_(std::make_shared<NetworkImpl>(options, vocabulary)) {
  network_->eval();
}

Json Elmo::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

Parts Elmo::parts() {
  Parts parts;
  for (const auto& parameter : network_->named_parameters()) {
    parts.emplace_back(parameter.key(), parameter.value().detach());
  }
  if (network_->options.spelled()) parts.emplace_back(word_vectors_part(), network_->token->table());
  if (!predicts()) return parts;
  parts.emplace_back("log_unigram", log_unigram_);
  for (const auto& buffer : network_->softmax->named_buffers()) {
    parts.emplace_back("softmax." + buffer.key(), buffer.value());
  }
  return parts;
}

void Elmo::load_parts(const Parts& saved) {
  Model::load_parts(saved);
  network_->token->trust_table();
  if (predicts()) network_->softmax->loaded();
}

bool Elmo::to(torch::Device device) {
  network_->to(device);  // one without a softmax is trained by nobody, and moved all the same
  return true;
}

void Elmo::initialise(std::uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  auto random = at::detail::createCPUGenerator(seed);
  network_->token->initialise(random);
  network_->forward_lm->initialise(random);
  network_->backward_lm->initialise(random);
  if (!counts_.empty()) {
    // Half a count more for each, so that words that never occur get a finite start.
    const auto counts = torch::tensor(counts_, torch::kInt64).to(torch::kDouble) + 0.5;  // [V]
    log_unigram_.copy_((counts / counts.sum()).log());
  }
  if (!predicts()) return;
  // Training starts near the unigram model.
  network_->softmax->initialise(counts_, random);
  const auto deviation = 0.1 / std::sqrt(static_cast<double>(network_->options.projection));
  for (auto& parameter : network_->softmax->named_parameters()) {
    if (parameter.key() == "weight") parameter->normal_(0, deviation, random);
  }
}

Loss Elmo::loss(const Batch& batch, State& state) {
  auto& network = *network_;
  const auto rows = batch.input.size(0);
  const auto layers = network.forward_lm->layers.size();
  const auto words = torch::cat({as_read_forward(batch.input), batch.other_input}).t();  // [T, 2B]
  const auto x = network.token(words);                                                   // [T, 2B, P]
  auto zeros = network.forward_lm->zero_states(rows);
  for (auto& zero : network.backward_lm->zero_states(rows)) zeros.push_back(zero);
  auto states = take_states(state, std::move(zeros), batch.slots, batch.starts);
  const std::span<LstmState> all(states);
  const auto forward = network.forward_lm(x.narrow(1, 0, rows), Tensor(), all.first(layers)).back();  // [T, B, P]
  const auto backward =
      network.backward_lm(x.narrow(1, rows, rows), Tensor(), all.subspan(layers)).back();  // [T, B, P]
  put_states(state, states, batch.slots);
  auto hidden = torch::cat({forward, backward}, 1).flatten(0, 1);  // [T·2B, P]
  hidden = zoo::dropout(hidden, network.options.dropout, network.is_training());
  const auto target = torch::cat({batch.target, batch.other_target}).t().flatten();  // [T·2B]
  const auto sum = network.softmax->loss(hidden, beside(target, hidden));
  return {0.5 * sum, batch.target.ne(kIgnored).sum().item<std::int64_t>(), Unit::token};
}

}  // namespace zoo::elmo
