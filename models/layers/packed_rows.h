#pragma once

#include <cstdint>

namespace zoo {

/// Columns of a panel of packed weights, and of the tiles that a product with it gives.
inline constexpr std::int64_t kPanel = 64;

/// Whether the processor multiplies int8 by uint8 by itself (AVX-512 VNNI).
bool has_int8_products();

/// x in whole steps of a 127th of its largest size, 128 added: to[i] = round(x[i] / step) + 128. Returns the step, 0
/// for a row of zeros.
float to_whole_steps(const float* x, std::int64_t count, std::uint8_t* to);

/// A tile [rows, 64] and where it goes: `columns` ≤ 64 of each row, plus the bias [64], to rows `stride` apart.
template <class Number>
struct ProductTile {
  const Number* numbers;
  std::int64_t rows, columns;
  const float* bias;
  float* to;
  std::int64_t stride;
};

void add_bias(const ProductTile<float>& tile);

/// Of an int8 product: the step of each row, the step of each column, and 128 times the column's sum of weights.
struct Steps {
  const float *row, *column;
  const std::int32_t* sum;
};
/// (number − sum) · row's step · column's step + bias.
void scale_and_add_bias(const ProductTile<std::int32_t>& tile, const Steps& steps);

}  // namespace zoo
