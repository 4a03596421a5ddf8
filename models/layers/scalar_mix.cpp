#include "models/layers/scalar_mix.h"

#include "base/error.h"
#include "models/beside.h"

namespace zoo {
namespace {

using torch::Tensor;

/// x [L, B, T, D] with mean 0 and variance 1 in each layer, over the words within `lengths` [B], or all.
Tensor normalised(const Tensor& x, const Tensor& lengths) {
  auto counts = torch::ones({1, x.size(1), x.size(2), 1}, x.options());
  if (lengths.defined()) {
    const auto steps = torch::arange(x.size(2), lengths.options());  // [T]
    const auto within = steps.lt(lengths.unsqueeze(1));              // [B, T]
    counts = beside(within, x).to(x.scalar_type()).view({1, x.size(1), x.size(2), 1});
  }
  const auto numbers = counts.sum() * x.size(3);
  const auto mean = (x * counts).sum({1, 2, 3}, true) / numbers;                        // [L, 1, 1, 1]
  const auto variance = ((x - mean) * counts).square().sum({1, 2, 3}, true) / numbers;  // [L, 1, 1, 1]
  return (x - mean) / (variance + 1e-12).sqrt();
}

}  // namespace

ScalarMixImpl::ScalarMixImpl(const ScalarMixOptions& given) : options(given) {
  scalars = register_parameter("scalars", torch::zeros({options.layers}));
  gamma = register_parameter("gamma", torch::ones({1}));
}

Tensor ScalarMixImpl::weights() const { return scalars.softmax(0); }

Tensor ScalarMixImpl::weighted(const Tensor& layers) const {
  if (layers.size(0) != options.layers) {
    fail("a mix of {} layers got {}; make it for as many as the model gives", options.layers, layers.size(0));
  }
  auto shape = std::vector<std::int64_t>(static_cast<std::size_t>(layers.dim()), 1);
  shape[0] = options.layers;
  return gamma * (weights().view(shape) * layers).sum(0);
}

Tensor ScalarMixImpl::forward(const Tensor& layers, const Tensor& lengths) {
  return weighted(options.layer_norm ? normalised(layers, lengths) : layers);  // [B, T, D]
}

std::vector<Tensor> mix_all(std::span<ScalarMix> mixes, const Tensor& layers, const Tensor& lengths) {
  Tensor even;  // [L, B, T, D]
  std::vector<Tensor> mixed;
  for (auto& mix : mixes) {
    if (mix->options.layer_norm && !even.defined()) even = normalised(layers, lengths);
    mixed.push_back(mix->weighted(mix->options.layer_norm ? even : layers));
  }
  return mixed;
}

}  // namespace zoo
