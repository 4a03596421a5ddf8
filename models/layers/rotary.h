#pragma once

#include <torch/types.h>

namespace zoo {

/// How far rotary positions turn. Beyond `base`, two ways in which models were stretched to longer texts:
///   original = 0: every frequency divided by `factor` (Chen et al. 2023)
///   original > 0: only those that turn less than `low` times in `original` words; those that turn more than `high`
///                 times stay, and in between the two are mixed (Llama 3.1)
struct RotaryOptions {
  double base = 10000, factor = 1, low = 1, high = 4;
  std::int64_t original = 0;
};

/// The angle by which each pair of a head's d numbers turns from one word to the next: base^(−2i/d), [d/2] float.
torch::Tensor rotary_frequencies(std::int64_t width, const RotaryOptions& options);

/// By how much each pair turns at some places of a text.
struct Rotation {
  torch::Tensor cos, sin;  ///< [T, d/2]
};
/// At the places first … first + count − 1.
Rotation rotation_at(const torch::Tensor& frequencies, std::int64_t first, std::int64_t count);

/// Rotary positions (Su et al. 2021): number i and number i + d/2 of a query or key are a point of the plane, which
/// turns by an angle that grows with the word's place; a query and a key then match by how far apart they stand.
/// x [B, H, T, d] → the same, turned.
torch::Tensor rotate(const torch::Tensor& x, const Rotation& rotation);

}  // namespace zoo
