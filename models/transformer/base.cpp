#include "models/transformer/base.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "models/layers/linear_cross_entropy.h"

namespace zoo::transformer {

Tensor lengths_of(const Batch& batch) {
  return batch.lengths.defined() ? batch.lengths
                                 : torch::full({batch.input.size(0)}, batch.input.size(1), torch::kInt64);
}

Tensor rows_at(const Tensor& x, const Tensor& places) {
  return x.gather(1, places.view({-1, 1, 1}).expand({-1, 1, x.size(2)})).squeeze(1);
}

Transformer::Transformer(const TransformerOptions& options, const VocabularyFacts& vocabulary)
    : network_(options, vocabulary.size, vocabulary.source_size), counts_(vocabulary.counts) {}

Json Transformer::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

Parts Transformer::parts() {
  Parts parts;
  for (const auto& parameter : network_->named_parameters()) {
    parts.emplace_back(parameter.key(), parameter.value().detach());
  }
  return parts;
}

bool Transformer::decays(std::string_view parameter) const {
  return !parameter.ends_with("bias") && !parameter.ends_with("norm.weight");
}

Loss Transformer::loss_of(const Tensor& hidden, const Tensor& target) {
  const auto wanted = target.flatten();                          // [B·T]
  const auto places = wanted.ne(kIgnored).nonzero().squeeze(1);  // [N]
  const auto x = hidden.flatten(0, 1).index_select(0, places);   // [N, D]
  const auto words = wanted.index_select(0, places);             // [N]
  const auto& weight = network_->output_weight();                // [V, D]
  const auto& bias = network_->output_bias();                    // [V]
  auto sum = linear_cross_entropy(x, weight, bias, words);
  if (given().label_smoothing > 0 && network_->is_training()) {
    // log p = logit − log Σ exp, and the last term is the same for all words: so what smoothing adds to −log p(target)
    // is ε · (target's logit − mean logit).
    const auto row = weight.index_select(0, words) - weight.mean(0, true);  // [N, D]
    const auto over_mean = (x * row).sum() + (bias.index_select(0, words) - bias.mean()).sum();
    sum = sum + given().label_smoothing * over_mean;
  }
  return {sum, places.size(0), Unit::token};
}

Tensor Transformer::log_probabilities(const Tensor& hidden) {
  return linear_log_softmax(hidden, network_->output_weight(), network_->output_bias());
}

std::vector<std::string> Transformer::layer_names() const {
  std::vector<std::string> names = {"word"};
  for (std::int64_t i = 1; i <= given().layers; ++i) names.push_back(fmt::format("block {}", i));
  return names;
}

Tensor Transformer::layers_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after) {
  const torch::NoGradGuard no_gradient;
  const auto rows = sentences.words.size(0), steps = sentences.words.size(1);
  const auto& lengths = sentences.lengths;  // [B]
  const auto extra = (before >= 0 ? 1 : 0) + (after >= 0 ? 1 : 0);
  const auto longest = std::max<std::int64_t>(1, given().context - extra);
  const auto front = std::int64_t{before >= 0 ? 1 : 0};
  std::vector<Tensor> pieces;
  for (std::int64_t begin = 0; begin < steps; begin += longest) {
    const auto count = std::min(longest, steps - begin);
    const auto there = (lengths - begin).clamp(0, count);                              // [B]
    auto ids = torch::full({rows, count + extra}, std::int64_t{kPad}, torch::kInt64);  // [B, T']
    ids.narrow(1, front, count).copy_(sentences.words.narrow(1, begin, count));
    if (before >= 0) ids.select(1, 0).fill_(before);
    if (after >= 0) ids.scatter_(1, (there + front).unsqueeze(1), after);
    Recording recording;
    Reading reading;
    reading.recording = &recording;
    if (given().has_decoder()) {
      reading.self.causal = true;
      network_->decode(ids, reading);
    } else {
      reading.self.allowed = padding_mask(there + extra, ids.size(1));
      network_->encode(ids, reading);
    }
    std::vector<Tensor> layers = {network_->own_vectors(network_->words, ids)};
    layers.insert(layers.end(), recording.layers.begin(), recording.layers.end());
    pieces.push_back(torch::stack(layers).narrow(2, front, count));  // [L, B, count, D]
  }
  if (pieces.empty()) return torch::zeros({given().layers + 1, rows, 0, given().width});
  const auto there = torch::arange(steps).unsqueeze(0).lt(lengths.unsqueeze(1));  // [B, T]
  return torch::cat(pieces, 2) * there.unsqueeze(2);
}

void Transformer::check_length(std::int64_t words) const {
  if (words <= given().context) return;
  fail("{} tokens are more than the model reads at once ({}, its option context); give a shorter text", words,
       given().context);
}

void Transformer::fail_no_attention(std::string_view name) const {
  fail_usage("'{}' is no attention of a Transformer with the architecture {}; there is {}", name, given().architecture,
             fmt::join(attentions(), ", "));
}

}  // namespace zoo::transformer
