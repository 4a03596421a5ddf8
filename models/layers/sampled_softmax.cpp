#include "models/layers/sampled_softmax.h"

#include <torch/nn/functional/loss.h>

#include <cmath>

#include "batches/batch.h"
#include "models/layers/autocast.h"

namespace zoo {
namespace {

/// The words from the most frequent on: ranks of equal counts by id. As they are without counts.
Tensor ranks(std::span<const std::int64_t> counts, std::int64_t vocabulary) {
  auto rank = torch::arange(vocabulary, torch::kInt64);  // [V]
  if (counts.empty()) return rank;
  const auto by_count = torch::tensor(at::IntArrayRef(counts.data(), counts.size()), torch::kInt64);
  const auto order = std::get<1>(by_count.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
  return rank.index_put_({order}, torch::arange(vocabulary, torch::kInt64));
}

/// log_uniform: q(rank r) = log((r + 2) / (r + 1)) / log(V + 1), r from 0, near Zipf's law.
Tensor distribution(const OutputOptions& options, std::int64_t vocabulary, std::span<const std::int64_t> counts) {
  if (options.sampler == "unigram") return log_frequencies(counts, vocabulary).to(torch::kDouble).exp();
  const auto rank = ranks(counts, vocabulary).to(torch::kDouble);  // [V]
  return ((rank + 2) / (rank + 1)).log() / std::log(static_cast<double>(vocabulary) + 1);
}

}  // namespace

SampledSoftmax::SampledSoftmax(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width,
                               std::span<const std::int64_t> counts, const Tensor& tied)
    : FullSoftmax(vocabulary, width, tied), options_(options), q_(distribution(options, vocabulary, counts)) {
  const auto draws = static_cast<double>(options.samples);
  const auto expected = options.output_layer == "nce" ? q_ * draws : -torch::expm1(draws * torch::log1p(-q_));
  log_bias_ = expected.log().to(torch::kFloat);
}

void SampledSoftmax::to(torch::Device device, bool non_blocking) {
  Module::to(device, non_blocking);
  q_ = q_.to(device);
  log_bias_ = log_bias_.to(device);
}

torch::Tensor SampledSoftmax::loss(const Tensor& features, const Tensor& target) {
  if (!is_training() || !torch::GradMode::is_enabled()) return FullSoftmax::loss(features, target);
  const auto places = target.ne(kIgnored).nonzero().squeeze(1);  // [n]
  const auto draws = torch::multinomial(q_, options_.samples, /*replacement=*/true);
  return loss_against(features.index_select(0, places), target.index_select(0, places), draws);
}

torch::Tensor SampledSoftmax::loss_against(const Tensor& features, const Tensor& target, const Tensor& draws) const {
  const bool nce = options_.output_layer == "nce";
  const auto words = nce ? draws : std::get<0>(at::_unique2(draws, /*sorted=*/true));  // [k]
  const auto own = (features * weight_.index_select(0, target)).sum(1) + bias_.index_select(0, target) -
                   log_bias_.index_select(0, target);                                   // [n]
  const auto biases = bias_.index_select(0, words) - log_bias_.index_select(0, words);  // [k]
  const auto rows = weight_.index_select(0, words).t();                                 // [D, k]
  // Under autocast only the product is rounded: biases are some nats and sums thousands of logits.
  auto others = under_autocast(features.device().type()) ? torch::mm(features, rows).to(torch::kFloat) + biases
                                                         : torch::addmm(biases, features, rows);  // [n, k]
  if (nce) return -torch::log_sigmoid(own).sum() - torch::log_sigmoid(-others).sum();
  others = others.masked_fill(words.unsqueeze(0).eq(target.unsqueeze(1)), -INFINITY);
  const auto all = torch::cat({own.unsqueeze(1), others}, 1);  // [n, 1 + k]
  return (all.logsumexp(1) - own).sum();
}

}  // namespace zoo
