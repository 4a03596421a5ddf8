#include "models/nnlm/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace zoo::nnlm {

NetworkImpl::NetworkImpl(const NnlmOptions& given, std::int64_t vocabulary, std::span<const std::int64_t> counts)
    : options(given) {
  embedding = register_module("embedding", torch::nn::Embedding(vocabulary, options.embedding));
  const auto units = options.hidden;
  if (units > 0) hidden = register_module("hidden", torch::nn::Linear(options.inputs(), units));
  if (units > 0 && options.layers > 1) {
    layers = register_module("layers", torch::nn::ModuleList());
    for (std::int64_t i = 1; i < options.layers; ++i) layers->push_back(torch::nn::Linear(units, units));
  }
  if (units > 0 && options.layer_norm) {
    norms = register_module("norms", torch::nn::ModuleList());
    for (std::int64_t i = 0; i < options.layers; ++i) {
      norms->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({units})));
    }
  }
  if (options.tied && units != options.embedding) {
    projection = register_module("projection",
                                 torch::nn::Linear(torch::nn::LinearOptions(units, options.embedding).bias(false)));
  }
  output = register_module("output", make_output_layer(options.output, vocabulary, options.features(), counts,
                                                       options.tied ? embedding->weight : Tensor()));
}

Tensor NetworkImpl::inputs(const Tensor& context) {
  auto end = context.size(1) - options.near();
  const auto x = embedding(context.narrow(1, end, options.near())).flatten(1);  // [B, (n−1)·m]
  if (options.averages.empty()) return x;
  std::vector<Tensor> parts = {x};
  const auto rows = context.size(0);
  for (const auto words : options.averages) {
    end -= words;
    const auto window = context.narrow(1, end, words).flatten();  // [B·words]
    const auto first = torch::arange(rows, context.options()) * words;
    constexpr std::int64_t kMean = 1;
    parts.push_back(std::get<0>(at::embedding_bag(embedding->weight, window, first, false, kMean)));  // [B, m]
  }
  return torch::cat(parts, 1);
}

Tensor NetworkImpl::activated(const Tensor& sums) const {
  if (options.activation == "relu") return torch::relu(sums);
  return options.activation == "gelu" ? torch::gelu(sums) : torch::tanh(sums);
}

Tensor NetworkImpl::normalised(const Tensor& units, std::int64_t layer) {
  return norms.is_empty() ? units : norms->at<torch::nn::LayerNormImpl>(static_cast<std::size_t>(layer)).forward(units);
}

Tensor NetworkImpl::dropped(const Tensor& units, double share) const {
  return share > 0 ? torch::dropout(units, share, is_training()) : units;
}

Tensor NetworkImpl::features(const Tensor& context) {
  const auto x = dropped(inputs(context), options.embedding_dropout);  // [B, (n−1+a)·m]
  if (options.hidden == 0) return dropped(x, options.dropout);
  auto units = activated(hidden(x));  // [B, h]
  for (std::int64_t i = 0; i + 1 < options.layers; ++i) {
    const auto read = dropped(normalised(units, i), options.dropout);
    const auto more = activated(layers->at<torch::nn::LinearImpl>(static_cast<std::size_t>(i)).forward(read));
    units = options.residual ? units + more : more;
  }
  const auto top = normalised(units, options.layers - 1);
  const auto result = dropped(options.direct ? torch::cat({top, x}, 1) : top, options.dropout);  // [B, h + (n−1)·m]
  return projection.is_empty() ? result : projection(result);
}

void NetworkImpl::initialise(std::span<const std::int64_t> counts, std::uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  auto random = at::detail::createCPUGenerator(seed);
  const auto spread = 0.1 * std::sqrt(3.0);  // of standard deviation 0.1
  embedding->weight.uniform_(-spread, spread, random);
  const auto by_fan_in = [&](torch::nn::LinearImpl& layer) {
    const auto bound = 1 / std::sqrt(static_cast<double>(layer.weight.size(1)));
    layer.weight.uniform_(-bound, bound, random);
    if (layer.bias.defined()) layer.bias.uniform_(-bound, bound, random);
  };
  if (!hidden.is_empty()) by_fan_in(*hidden);
  for (std::size_t i = 0; !layers.is_empty() && i < layers->size(); ++i)
    by_fan_in(layers->at<torch::nn::LinearImpl>(i));
  for (std::size_t i = 0; !norms.is_empty() && i < norms->size(); ++i) {
    norms->at<torch::nn::LayerNormImpl>(i).reset_parameters();
  }
  if (!projection.is_empty()) by_fan_in(*projection);
  output->initialise(counts, random);
}

}  // namespace zoo::nnlm
