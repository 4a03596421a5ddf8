#include "models/layers/scalar_mix.h"

#include "base/error.h"

namespace zoo {
namespace {

using torch::Tensor;

/// x [L, B, T, D], counts [1, B, T, 1] as 0 and 1.
Tensor normalised(const Tensor& x, const Tensor& counts) {
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

Tensor ScalarMixImpl::forward(const Tensor& layers, const Tensor& lengths) {
  if (layers.size(0) != options.layers) {
    fail("a mix of {} layers got {}; make it for as many as the model gives", options.layers, layers.size(0));
  }
  auto x = layers;  // [L, B, T, D]
  if (options.layer_norm) {
    auto counts = torch::ones({1, x.size(1), x.size(2), 1}, x.options());
    if (lengths.defined()) {
      const auto steps = torch::arange(x.size(2), lengths.options());  // [T]
      counts = steps.lt(lengths.unsqueeze(1)).to(x.scalar_type()).view({1, x.size(1), x.size(2), 1});
    }
    x = normalised(x, counts);
  }
  return gamma * (weights().view({-1, 1, 1, 1}) * x).sum(0);  // [B, T, D]
}

}  // namespace zoo
