#include "models/transformer/network.h"

#include <cmath>

namespace zoo::transformer {
namespace {

std::string number(std::size_t i) { return std::to_string(i); }

/// N(0, 2/(fan-in + fan-out)) (Glorot and Bengio 2010); a weight that holds several products side by side is each of
/// them.
void start(torch::nn::Linear& linear, std::int64_t products, double shrink, torch::Generator& random) {
  const auto fan_out = static_cast<double>(linear->weight.size(0)) / static_cast<double>(products);
  const auto fan_in = static_cast<double>(linear->weight.size(1));
  linear->weight.normal_(0, shrink * std::sqrt(2 / (fan_in + fan_out)), random);
  linear->bias.zero_();
}

void start(Norm& norm) {
  norm->weight.fill_(1);
  norm->bias.zero_();
}

void start(Stack& stack, double words_deviation, torch::Generator& random) {
  if (!stack->positions.is_empty()) stack->positions->weight.normal_(0, words_deviation, random);
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
    start(block->feed_forward->inner, 1, 1, random);
    start(block->feed_forward->outer, 1, shrink, random);
    start(block->feed_forward_norm);
  }
  if (!stack->norm.is_empty()) start(stack->norm);
}

}  // namespace

Tensor sinusoids(std::int64_t places, std::int64_t width) {
  const auto place = torch::arange(places, torch::kDouble).unsqueeze(1);              // [places, 1]
  const auto column = torch::arange(width, torch::kInt64);                            // [D]
  const auto exponent = (column - column % 2).to(torch::kDouble) / width;             // [D] 2i/D, in pairs
  const auto angle = place * torch::exp(exponent * -std::log(10000.0)).unsqueeze(0);  // [places, D]
  return torch::where(column % 2 == 0, angle.sin(), angle.cos()).to(torch::kFloat);   // [places, D]
}

StackImpl::StackImpl(const TransformerOptions& options, std::int64_t layers, bool cross) : dropout_(options.dropout) {
  if (options.learned_positions()) {
    positions = register_module("positions", torch::nn::Embedding(options.context, options.width));
  } else {
    sinusoids_ = register_buffer("sinusoids", sinusoids(options.context, options.width));
  }
  const auto list = register_module("blocks", std::make_shared<torch::nn::Module>("blocks"));
  for (std::int64_t i = 0; i < layers; ++i) {
    blocks.push_back(list->register_module(number(blocks.size()), Block(options, cross)));
  }
  if (options.pre_norm()) norm = register_module("norm", Norm(options.width));
}

Tensor StackImpl::forward(const Tensor& words, const Reading& reading) {
  const auto& places = positions.is_empty() ? sinusoids_ : positions->weight;  // [context, D]
  auto x = words + places.narrow(0, reading.first, words.size(1));             // [B, T, D]
  x = torch::dropout(x, dropout_, is_training());
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
  const auto output = register_module("output", std::make_shared<torch::nn::Module>("output"));
  if (options.tie == "none") {
    output_weight_ = output->register_parameter("weight", torch::zeros({vocabulary, options.width}));  // [V, D]
  }
  output_bias_ = output->register_parameter("bias", torch::zeros({vocabulary}));  // [V]
}

Tensor NetworkImpl::own_vectors(const torch::nn::Embedding& table, const Tensor& ids) const {
  const auto vectors = torch::embedding(table->weight, ids);  // [B, T, D]
  return options.scale_embeddings ? vectors * std::sqrt(static_cast<double>(options.width)) : vectors;
}

Tensor NetworkImpl::encode(const Tensor& ids, const Reading& reading) {
  return encoder->forward(own_vectors(source_words.is_empty() ? words : source_words, ids), reading);
}

Tensor NetworkImpl::decode(const Tensor& ids, const Reading& reading) {
  return decoder->forward(own_vectors(words, ids), reading);
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
  if (!encoder.is_empty()) start(encoder, seen, random);
  if (!decoder.is_empty()) start(decoder, seen, random);
  if (output_weight_.defined()) output_weight_.normal_(0, deviation, random);
  output_bias_.zero_();
  if (!counts.empty()) {
    const auto number = torch::tensor(counts, torch::kInt64).to(torch::kDouble);  // [V]
    // Half a count more for each, so that words that never occur get a finite start.
    output_bias_.copy_(((number + 0.5) / (number + 0.5).sum()).log());
  }
}

}  // namespace zoo::transformer
