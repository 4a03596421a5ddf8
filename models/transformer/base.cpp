#include "models/transformer/base.h"

#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/log.h"
#include "models/beside.h"
#include "models/layers/linear_cross_entropy.h"

namespace zoo::transformer {

Tensor lengths_of(const Batch& batch) {
  return batch.lengths.defined() ? batch.lengths
                                 : torch::full({batch.input.size(0)}, batch.input.size(1), torch::kInt64);
}

Tensor rows_at(const Tensor& x, const Tensor& places) {
  return x.gather(1, beside(places, x).view({-1, 1, 1}).expand({-1, 1, x.size(2)})).squeeze(1);
}

std::vector<AttentionTrace> on_cpu(std::vector<AttentionTrace> traces) {
  for (auto& trace : traces) {
    for (auto* tensor : {&trace.query, &trace.key, &trace.value, &trace.allowed}) {
      if (tensor->defined()) *tensor = tensor->cpu();
    }
  }
  return traces;
}

Transformer::Transformer(const TransformerOptions& options, const VocabularyFacts& vocabulary)
    : network_(std::make_shared<NetworkImpl>(options, vocabulary.size, vocabulary.source_size)),
      counts_(vocabulary.counts) {}

Json Transformer::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

void Transformer::initialise(std::uint64_t seed) {
  network_->initialise(seed, counts_);
  if (start_.empty()) return;
  const torch::NoGradGuard no_gradient;
  auto all = start_;
  std::set<std::string> given;
  for (const auto& [name, tensor] : start_) given.insert(name);
  std::vector<std::string> anew;
  for (const auto& [name, tensor] : parts()) {
    if (given.contains(name) || !name.starts_with("output.")) continue;
    all.emplace_back(name, tensor);
    anew.push_back(name);
  }
  load_parts(all);
  start_.clear();
  if (!anew.empty()) log_info(fmt::format("starts anew: {}", fmt::join(anew, ", ")));
}

bool Transformer::prepare(Precision precision) {
  if (!network_->words->weight.is_cpu()) return precision == Precision::fp32;
  network_->pack(precision);
  return true;
}

bool Transformer::to(torch::Device device) {
  network_->to(device);  // one that predicts nothing is trained by nobody, and moved all the same
  return true;
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
  const auto wanted = target.flatten();                               // [B·T]
  const auto places = wanted.ne(kIgnored).nonzero().squeeze(1);       // [N]
  const auto words = beside(wanted.index_select(0, places), hidden);  // [N]
  const auto seen = hidden.flatten(0, 1).index_select(0, beside(places, hidden));
  const auto x = network_->to_output(seen);        // [N, D]
  const auto& weight = network_->output_weight();  // [V, D]
  const auto bias = network_->output_bias();       // [V]
  auto sum = linear_cross_entropy(x, weight, bias, words);
  if (given().label_smoothing > 0 && network_->is_training()) {
    // log p = logit − log Σ exp, and the last term is the same for all words: so what smoothing adds to −log p(target)
    // is ε · (target's logit − mean logit).
    const auto& present = network_->present();  // [V]
    const auto all_weights = present.defined() ? weight.index({present}) : weight;
    const auto all_biases = present.defined() ? bias.index({present}) : bias;
    const auto row = weight.index_select(0, words) - all_weights.mean(0, true);  // [N, D]
    const auto over_mean = (x * row).sum() + (bias.index_select(0, words) - all_biases.mean()).sum();
    sum = sum + given().label_smoothing * over_mean;
  }
  return {sum, places.size(0), Unit::token};
}

Tensor Transformer::log_probabilities(const Tensor& hidden) const { return network_->log_probabilities(hidden).cpu(); }

std::vector<std::string> Transformer::layer_names() const {
  std::vector<std::string> names = {"word"};
  for (std::int64_t i = 1; i <= given().layers; ++i) names.push_back(fmt::format("block {}", i));
  return names;
}

std::vector<Transformer::Piece> Transformer::pieces_of(const WordRows& sentences, std::int64_t before,
                                                       std::int64_t after) const {
  const auto rows = sentences.words.size(0), steps = sentences.words.size(1);
  const std::int64_t front = before >= 0 ? 1 : 0, extra = front + (after >= 0 ? 1 : 0);
  const auto longest = std::max<std::int64_t>(1, given().context - extra);
  std::vector<Piece> pieces;
  for (std::int64_t begin = 0; begin == 0 || begin < steps; begin += longest) {
    const auto count = std::min(longest, steps - begin);
    const auto there = (sentences.lengths - begin).clamp(0, count);                    // [B]
    auto ids = torch::full({rows, count + extra}, std::int64_t{kPad}, torch::kInt64);  // [B, T']
    ids.narrow(1, front, count).copy_(sentences.words.narrow(1, begin, count));
    if (before >= 0) ids.select(1, 0).fill_(before);
    if (after >= 0) ids.scatter_(1, (there + front).unsqueeze(1), after);
    pieces.push_back({begin, count, front, ids, there, there + extra});
  }
  return pieces;
}

Tensor Transformer::read_piece(const Piece& piece, Recording* recording) const {
  Reading reading;
  reading.recording = recording;
  if (given().has_decoder()) {
    reading.self.causal = true;
    return network_->decode(piece.ids, reading);
  }
  reading.self.allowed = padding_mask(piece.lengths, piece.ids.size(1));
  return network_->encode(piece.ids, reading);
}

Tensor Transformer::layers_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after) const {
  const torch::NoGradGuard no_gradient;
  const auto rows = sentences.words.size(0), steps = sentences.words.size(1);
  if (steps == 0) return torch::zeros({given().layers + 1, rows, 0, given().width});
  std::vector<Tensor> pieces;
  for (const auto& piece : pieces_of(sentences, before, after)) {
    Recording recording;
    read_piece(piece, &recording);
    std::vector<Tensor> layers = {network_->own_vectors(network_->words, piece.ids)};
    layers.insert(layers.end(), recording.layers.begin(), recording.layers.end());
    pieces.push_back(torch::stack(layers).narrow(2, piece.front, piece.count));  // [L, B, count, D]
  }
  const auto there = torch::arange(steps).unsqueeze(0).lt(sentences.lengths.unsqueeze(1));  // [B, T]
  return torch::cat(pieces, 2).cpu() * there.unsqueeze(2);
}

Tensor Transformer::mean_over_pieces(const WordRows& sentences, std::int64_t before, std::int64_t after) const {
  const torch::NoGradGuard no_gradient;
  const auto rows = sentences.words.size(0);
  auto sum = torch::zeros({rows, given().width});  // [B, D]
  auto count = torch::zeros({rows, 1});            // [B, 1]
  for (const auto& piece : pieces_of(sentences, before, after)) {
    const auto hidden = read_piece(piece, nullptr).cpu();                      // [B, T', D]
    auto read = torch::arange(hidden.size(1)).lt(piece.lengths.unsqueeze(1));  // [B, T']
    if (piece.begin > 0) read = read.logical_and(piece.there.gt(0).unsqueeze(1));
    sum += (hidden * read.unsqueeze(2)).sum(1);
    count += read.sum(1, true);
  }
  return sum / count.clamp_min(1);
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
