#include "models/layers/packed_rows.h"

#include <cmath>
#include <cstring>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::Floats;
using lanes::Ints;
using lanes::kLanes;
using Bytes = std::uint8_t __attribute__((vector_size(16)));

ZOO_INLINE float whole_steps(const float* x, std::int64_t count, std::uint8_t* to) {
  Floats largest = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Floats part;
    std::memcpy(&part, x + i, sizeof part);
    const Floats size = part < 0 ? -part : part;
    largest = size > largest ? size : largest;
  }
  float most = 0;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) most = largest[lane] > most ? largest[lane] : most;
  for (auto rest = i; rest < count; ++rest) most = std::fabs(x[rest]) > most ? std::fabs(x[rest]) : most;
  const float step = most / 127, inverse = step > 0 ? 1 / step : 0;
  // 1.5 · 2²³ and more added, the last place of a float is 1: its lower bits are the number, rounded to the nearest.
  constexpr float kWhole = 12582912.0f + 128.0f;
  for (i = 0; i < count; i += kLanes) {
    Floats part = {};
    const auto left = static_cast<std::size_t>(count - i < kLanes ? count - i : kLanes);
    std::memcpy(&part, x + i, left * sizeof(float));
    part = part * inverse + kWhole;
    Ints bits;
    std::memcpy(&bits, &part, sizeof bits);
    const Bytes bytes = __builtin_convertvector(bits & 0xff, Bytes);
    std::memcpy(to + i, &bytes, left);
  }
  return step;
}

/// make(row, column, lanes) for each 16 numbers of the tile, written where they belong.
template <class Number, class Make>
ZOO_INLINE void write(const ProductTile<Number>& tile, const Make& make) {
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    auto* to = tile.to + row * tile.stride;
    for (std::int64_t column = 0; column < tile.columns; column += kLanes) {
      Floats y;
      make(row, column, y);
      const auto left = tile.columns - column;
      std::memcpy(to + column, &y, static_cast<std::size_t>(left < kLanes ? left : kLanes) * sizeof(float));
    }
  }
}

ZOO_INLINE void biased(const ProductTile<float>& tile) {
  write(
      tile, [&](std::int64_t row, std::int64_t column, Floats & y) __attribute__((always_inline)) {
        Floats bias;
        std::memcpy(&y, tile.numbers + row * kPanel + column, sizeof y);
        std::memcpy(&bias, tile.bias + column, sizeof bias);
        y += bias;
      });
}

ZOO_INLINE void scaled(const ProductTile<std::int32_t>& tile, const Steps& steps) {
  write(
      tile, [&](std::int64_t row, std::int64_t column, Floats & y) __attribute__((always_inline)) {
        Ints whole, sum;
        Floats bias, step;
        std::memcpy(&whole, tile.numbers + row * kPanel + column, sizeof whole);
        std::memcpy(&sum, steps.sum + column, sizeof sum);
        std::memcpy(&step, steps.column + column, sizeof step);
        std::memcpy(&bias, tile.bias + column, sizeof bias);
        y = __builtin_convertvector(whole - sum, Floats) * (step * steps.row[row]) + bias;
      });
}

}  // namespace

bool has_int8_products() {
#ifdef __x86_64__
  return instructions() == Instructions::avx512 && __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

float to_whole_steps(const float* x, std::int64_t count, std::uint8_t* to) {
  return on_processor<whole_steps>(x, count, to);
}
void add_bias(const ProductTile<float>& tile) { on_processor<biased>(tile); }
void scale_and_add_bias(const ProductTile<std::int32_t>& tile, const Steps& steps) {
  on_processor<scaled>(tile, steps);
}

}  // namespace zoo
