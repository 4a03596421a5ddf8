#include "models/nnlm/nnlm.h"

#include "models/beside.h"

namespace zoo::nnlm {
namespace {

/// The last `count` columns of `words` [B, T], kEnd before them where T is less.
Tensor last_words(const Tensor& words, std::int64_t count) {
  const auto there = words.size(1);
  if (there >= count) return words.narrow(1, there - count, count);
  return torch::cat({torch::full({words.size(0), count - there}, std::int64_t{kEnd}, words.options()), words}, 1);
}

}  // namespace

Nnlm::Nnlm(const NnlmOptions& options, const VocabularyFacts& vocabulary)
    : vocabulary_(vocabulary.size),
      counts_(vocabulary.counts),
      network_(std::make_shared<NetworkImpl>(options, vocabulary.size, vocabulary.counts)) {}

Json Nnlm::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

Parts Nnlm::parts() {
  Parts parts;
  for (const auto& parameter : network_->named_parameters()) {
    parts.emplace_back(parameter.key(), parameter.value().detach());
  }
  for (const auto& buffer : network_->named_buffers()) parts.emplace_back(buffer.key(), buffer.value());
  return parts;
}

void Nnlm::load_parts(const Parts& saved) {
  Model::load_parts(saved);
  network_->output->loaded();
}

void Nnlm::initialise(std::uint64_t seed) { network_->initialise(counts_, seed); }

Tensor Nnlm::features(const Tensor& context) const {
  return network_->features(beside(context, network_->embedding->weight));
}

Loss Nnlm::loss(const Batch& batch, State&) {
  const auto seen = features(batch.input);
  const auto sum = network_->output->loss(seen, beside(batch.target, seen));
  return {sum, batch.target.ne(kIgnored).sum().item<std::int64_t>(), Unit::token};
}

Tensor Nnlm::score(const Batch& batch, State& state) const {
  const torch::NoGradGuard no_gradient;
  const auto context = network_->options.context(), carried = context - 1;
  const auto rows = batch.input.size(0), steps = batch.input.size(1);
  auto slots = batch.slots.defined() ? batch.slots : torch::arange(rows, torch::kInt64);  // [B]
  const auto fresh = torch::full({slots.max().item<std::int64_t>() + 1, carried}, std::int64_t{kEnd}, torch::kInt64);
  if (state.empty()) state = {fresh};
  if (state[0].size(0) < fresh.size(0)) {
    state[0] = torch::cat({state[0], fresh.narrow(0, 0, fresh.size(0) - state[0].size(0))});
  }
  auto before = state[0].index_select(0, slots);  // [B, carried]
  if (batch.starts.defined()) before = before.masked_fill(batch.starts.unsqueeze(1), std::int64_t{kEnd});
  const auto words = torch::cat({before, batch.input}, 1);         // [B, carried + T]
  const auto windows = words.unfold(1, context, 1).flatten(0, 1);  // [B·T, context]
  const auto seen = features(windows);                             // [B·T, D]
  const auto scores = network_->output->log_probability(seen, beside(batch.target.flatten(), seen)).cpu();
  // The words before the next input are the last `carried` of those that count in each row.
  const auto lengths = batch.lengths.defined() ? batch.lengths : torch::full({rows}, steps, torch::kInt64);
  const auto places = lengths.unsqueeze(1) + torch::arange(carried, torch::kInt64);  // [B, carried]
  state[0] = state[0].index_copy(0, slots, words.gather(1, places));
  return scores.view({rows, steps});
}

Tensor Nnlm::next(const Tensor& context) const {
  const torch::NoGradGuard no_gradient;
  return network_->output->log_softmax(features(last_words(context, network_->options.context()))).cpu();  // [B, V]
}

Tensor Nnlm::cloze(const Tensor& left, const Tensor&) const {
  return next(left.masked_fill(left.eq(std::int64_t{kPad}), std::int64_t{kEnd}));
}

}  // namespace zoo::nnlm
