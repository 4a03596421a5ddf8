#include "models/transformer/network.h"

#include <cmath>

#include "models/beside.h"
#include "models/layers/dropout.h"
#include "models/layers/linear_cross_entropy.h"
#include "tokenizers/tokenizer.h"

namespace zoo::transformer {
namespace {

/// The logit of an absent token: e to it is 0 in every type of number.
constexpr double kAbsent = -1e4;

std::string number(std::size_t i) { return std::to_string(i); }

/// N(0, 2/(fan-in + fan-out)) (Glorot and Bengio 2010); a weight that holds several products side by side is each of
/// them.
void start(Projection& linear, std::int64_t products, double shrink, torch::Generator& random) {
  const auto fan_out = static_cast<double>(linear->weight.size(0)) / static_cast<double>(products);
  const auto fan_in = static_cast<double>(linear->weight.size(1));
  linear->weight.normal_(0, shrink * std::sqrt(2 / (fan_in + fan_out)), random);
  if (linear->bias.defined()) linear->bias.zero_();
}

void start(Norm& norm) {
  norm->weight.fill_(1);
  if (norm->bias.defined()) norm->bias.zero_();
}

void start(Stack& stack, std::int64_t gates, double words_deviation, torch::Generator& random) {
  if (!stack->positions.is_empty()) stack->positions->weight.normal_(0, words_deviation, random);
  if (!stack->segments.is_empty()) stack->segments->weight.normal_(0, words_deviation, random);
  if (!stack->embedding_norm.is_empty()) start(stack->embedding_norm);
  const auto shrink = stack->norm.is_empty() ? 1 : 1 / std::sqrt(2 * static_cast<double>(stack->layers()));
  for (auto& block : stack->blocks) {
    start(block->attention->query_key_value, 3, 1, random);
    start(block->attention->output, 1, shrink, random);
    start(block->attention_norm);
    if (!block->cross_attention.is_empty()) {
      start(block->cross_attention->query, 1, 1, random);
      start(block->cross_attention->key_value, 2, 1, random);
      start(block->cross_attention->output, 1, shrink, random);
      start(block->cross_norm);
    }
    start(block->feed_forward->inner, gates, 1, random);
    start(block->feed_forward->outer, 1, shrink, random);
    start(block->feed_forward_norm);
  }
  if (!stack->norm.is_empty()) start(stack->norm);
}

}  // namespace

Tensor sinusoids(std::int64_t places, std::int64_t width, bool halves) {
  const auto place = torch::arange(places, torch::kDouble).unsqueeze(1);                       // [places, 1]
  const auto column = torch::arange(width, torch::kInt64);                                     // [D]
  const auto exponent = (column - column % 2).to(torch::kDouble) / width;                      // [D] 2i/D, in pairs
  const auto angle = place * torch::exp(exponent * -std::log(10000.0)).unsqueeze(0);           // [places, D]
  const auto all = torch::where(column % 2 == 0, angle.sin(), angle.cos()).to(torch::kFloat);  // [places, D]
  if (!halves) return all;
  return torch::cat({all.slice(1, 0, width, 2), all.slice(1, 1, width, 2)}, 1);  // [places, D]
}

StackImpl::StackImpl(const TransformerOptions& options, std::int64_t layers, bool cross) : dropout_(options.dropout) {
  if (options.learned_positions()) {
    positions = register_module("positions", torch::nn::Embedding(options.context, options.width));
  } else if (options.rotary_positions()) {
    frequencies_ = register_buffer("frequencies", rotary_frequencies(options.head_width(), options.rotary));
  } else {
    sinusoids_ = register_buffer("sinusoids",
                                 sinusoids(options.context, options.width, options.positions == "sinusoidal-halves"));
  }
  if (options.segments > 0) {
    segments = register_module("segments", torch::nn::Embedding(options.segments, options.width));
  }
  if (options.embedding_norm) embedding_norm = register_module("embedding_norm", Norm(options));
  const auto list = register_module("blocks", std::make_shared<torch::nn::Module>("blocks"));
  for (std::int64_t i = 0; i < layers; ++i) {
    blocks.push_back(list->register_module(number(blocks.size()), Block(options, cross)));
  }
  if (options.pre_norm()) norm = register_module("norm", Norm(options));
}

Tensor StackImpl::forward(const Tensor& words, const Reading& given) {
  auto reading = given;
  auto x = words;  // [B, T, D] throughout
  reading.self.allowed = beside(reading.self.allowed, x);
  reading.cross.allowed = beside(reading.cross.allowed, x);
  Rotation rotation;
  if (frequencies_.defined()) {
    rotation = rotation_at(frequencies_, reading.first, words.size(1));  // [T, d/2]
    reading.rotation = &rotation;
  } else {
    const auto& places = positions.is_empty() ? sinusoids_ : positions->weight;  // [context, D]
    x = x + places.narrow(0, reading.first, words.size(1));
  }
  if (!segments.is_empty()) x = x + segments->weight[0];
  if (!embedding_norm.is_empty()) x = embedding_norm(x);
  x = zoo::dropout(x, dropout_, is_training());
  if (reading.cache != nullptr) reading.cache->resize(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) x = blocks[i]->forward(x, reading, i);
  if (!norm.is_empty()) x = norm(x);
  if (reading.recording != nullptr) reading.recording->layers.back() = x;
  return x;
}

std::vector<KeysValues> StackImpl::memory_keys(const Tensor& memory) {
  std::vector<KeysValues> result;
  for (auto& block : blocks) result.push_back(block->memory_keys(memory));
  return result;
}

NetworkImpl::NetworkImpl(const TransformerOptions& given, std::int64_t vocabulary, std::int64_t source_vocabulary)
    : options(given) {
  words = register_module("words", torch::nn::Embedding(vocabulary, options.width));
  if (options.translates() && options.tie != "all") {
    source_words = register_module("source_words", torch::nn::Embedding(source_vocabulary, options.width));
  }
  if (options.has_encoder()) encoder = register_module("encoder", Stack(options, options.encoder_layers(), false));
  if (options.has_decoder()) decoder = register_module("decoder", Stack(options, options.layers, options.translates()));
  if (!options.predicts()) return;
  const auto output = register_module("output", std::make_shared<torch::nn::Module>("output"));
  if (options.output_layer == "transform") {
    transform_ = output->register_module("transform", Projection(options.width, options.width));
    transform_norm_ = output->register_module("norm", Norm(options));
  }
  if (options.tie == "none") {
    output_weight_ = output->register_parameter("weight", torch::zeros({vocabulary, options.width}));  // [V, D]
  }
  if (options.output_bias) output_bias_ = output->register_parameter("bias", torch::zeros({vocabulary}));  // [V]
  if (!options.absent_tokens.empty()) {
    present_ = register_buffer("present", torch::ones({vocabulary}, torch::kBool));  // [V]
    present_.index_fill_(0, torch::tensor(options.absent_tokens, torch::kInt64), 0);
  }
  if (options.output_bias && !present_.defined()) return;
  fixed_bias_ = register_buffer("fixed_bias", torch::zeros({vocabulary}));  // [V]
  if (present_.defined()) fixed_bias_.masked_fill_(present_.logical_not(), kAbsent);
}

Tensor NetworkImpl::to_output(const Tensor& hidden) {
  if (transform_.is_empty()) return hidden;
  return transform_norm_(activate(transform_(hidden), options.activation));
}

Tensor NetworkImpl::output_bias() const {
  if (!fixed_bias_.defined()) return output_bias_;
  return output_bias_.defined() ? output_bias_ + fixed_bias_ : fixed_bias_;
}

void NetworkImpl::pack(Precision precision) {
  for (const auto& part : modules()) {
    if (auto* projection = part->as<ProjectionImpl>()) projection->pack(precision);
  }
  if (options.predicts()) output_.emplace(output_weight(), output_bias(), precision);
}

Tensor NetworkImpl::log_probabilities(const Tensor& hidden) {
  const auto x = to_output(hidden);  // [N, D]
  return output_ ? (*output_)(x).log_softmax(1) : linear_log_softmax(x, output_weight(), output_bias());
}

Tensor NetworkImpl::own_vectors(const torch::nn::Embedding& table, const Tensor& ids) const {
  const auto vectors = torch::embedding(table->weight, beside(ids, table->weight));  // [B, T, D]
  return options.scale_embeddings ? vectors * std::sqrt(static_cast<double>(options.width)) : vectors;
}

Tensor NetworkImpl::encode(const Tensor& ids, const Reading& reading) {
  return encoder->forward(own_vectors(source_words.is_empty() ? words : source_words, ids), reading);
}

Tensor NetworkImpl::decode(const Tensor& ids, const Reading& reading) {
  // What stands before a text is kEnd; where texts are opened by kBegin, that is what is read there.
  const bool begins = options.begins() && !options.translates();
  return decoder->forward(own_vectors(words, begins ? ids.masked_fill(ids.eq(kEnd), kBegin) : ids), reading);
}

void NetworkImpl::initialise(std::uint64_t seed, const std::vector<std::int64_t>& counts) {
  const torch::NoGradGuard no_gradient;
  auto random = at::detail::createCPUGenerator(seed);
  // A word's own row in a tied output layer points where the word's vector points: with vectors of length 1, as they
  // scale to, it would be guessed to follow itself by e^√D. So they start shorter.
  const auto root = std::sqrt(static_cast<double>(options.width));
  const auto deviation = options.scale_embeddings ? 0.3 / root : 0.02;
  words->weight.normal_(0, deviation, random);
  if (!source_words.is_empty()) source_words->weight.normal_(0, deviation, random);
  const auto seen = options.scale_embeddings ? deviation * root : deviation;  // of what the lowest block takes
  const std::int64_t gates = options.gated() ? 2 : 1;
  if (!encoder.is_empty()) start(encoder, gates, seen, random);
  if (!decoder.is_empty()) start(decoder, gates, seen, random);
  if (!transform_.is_empty()) {
    start(transform_, 1, 1, random);
    start(transform_norm_);
  }
  if (output_weight_.defined()) output_weight_.normal_(0, deviation, random);
  if (!output_bias_.defined()) return;
  output_bias_.zero_();
  if (!counts.empty()) {
    const auto number = torch::tensor(counts, torch::kInt64).to(torch::kDouble);  // [V]
    // Half a count more for each, so that words that never occur get a finite start.
    output_bias_.copy_(((number + 0.5) / (number + 0.5).sum()).log());
  }
}

}  // namespace zoo::transformer
