#include "models/layers/rotary.h"

#include <cmath>
#include <numbers>

namespace zoo {

using torch::Tensor;

Tensor rotary_frequencies(std::int64_t width, const RotaryOptions& options) {
  const auto exponent = torch::arange(0, width, 2, torch::kInt64).to(torch::kFloat) / static_cast<double>(width);
  const auto own = torch::pow(options.base, exponent).reciprocal();  // [d/2]
  if (options.factor == 1) return own;
  const auto stretched = own / options.factor;  // [d/2]
  if (options.original == 0) return stretched;
  const auto turns = own * (static_cast<double>(options.original) / (2 * std::numbers::pi));  // [d/2]
  const auto kept = ((turns - options.low) / (options.high - options.low)).clamp(0, 1);       // [d/2]
  return stretched + (own - stretched) * kept;
}

Rotation rotation_at(const Tensor& frequencies, std::int64_t first, std::int64_t count) {
  const auto place = torch::arange(first, first + count, frequencies.options());  // [T]
  const auto angle = place.unsqueeze(1) * frequencies.unsqueeze(0);               // [T, d/2]
  return {angle.cos(), angle.sin()};
}

Tensor rotate(const Tensor& x, const Rotation& rotation) {
  const auto halves = x.chunk(2, -1);  // each [B, H, T, d/2]
  return torch::cat(
      {halves[0] * rotation.cos - halves[1] * rotation.sin, halves[1] * rotation.cos + halves[0] * rotation.sin},
      -1);  // [B, H, T, d]
}

}  // namespace zoo
