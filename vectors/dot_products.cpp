#include "vectors/dot_products.h"

#include <cstring>

#include "base/for_each_machine.h"

namespace zoo {
namespace {

/// Sixteen floats side by side: the compiler makes of it what the machine has.
typedef float Lanes __attribute__((vector_size(64)));

/// Halves are added until four are left: no addition waits for more than four others.
[[gnu::always_inline]] inline float sum_of(const Lanes& lanes) {
  typedef float Eight __attribute__((vector_size(32)));
  typedef float Four __attribute__((vector_size(16)));
  Eight halves[2];
  std::memcpy(halves, &lanes, sizeof lanes);
  const Eight half = halves[0] + halves[1];
  Four quarters[2];
  std::memcpy(quarters, &half, sizeof half);
  const Four four = quarters[0] + quarters[1];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// The dot products of `height` rows, which may lie unaligned, with `width` vectors of `dimension` numbers one after
/// the other, to out[row * stride + vector]. However many are taken together, each sum is added up in the same order.
template <int height, int width>
[[gnu::always_inline]] inline void dots(const std::byte* const* rows, const float* vectors, std::int64_t dimension,
                                        float* out, std::int64_t stride) {
  Lanes sums[height][width] = {}, left[width], right;
  std::int64_t j = 0;
  for (; j + 16 <= dimension; j += 16) {
#pragma GCC unroll 4
    for (int k = 0; k < width; ++k) std::memcpy(&left[k], vectors + k * dimension + j, sizeof left[k]);
#pragma GCC unroll 4
    for (int i = 0; i < height; ++i) {
      std::memcpy(&right, rows[i] + j * 4, sizeof right);
#pragma GCC unroll 4
      for (int k = 0; k < width; ++k) sums[i][k] += left[k] * right;
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < height; ++i) {
#pragma GCC unroll 4
    for (int k = 0; k < width; ++k) out[i * stride + k] = sum_of(sums[i][k]);
  }
  for (; j < dimension; ++j) {
#pragma GCC unroll 4
    for (int i = 0; i < height; ++i) {
      float value;
      std::memcpy(&value, rows[i] + j * 4, sizeof value);
#pragma GCC unroll 4
      for (int k = 0; k < width; ++k) out[i * stride + k] += vectors[k * dimension + j] * value;
    }
  }
}

/// All rows with `width` vectors, which stay in the nearest cache meanwhile.
template <int width>
[[gnu::always_inline]] inline void dots_of_rows(const std::byte* const* rows, std::int64_t row_count,
                                                const float* vectors, std::int64_t dimension, float* out,
                                                std::int64_t stride) {
  constexpr int kHeight = width == 1 ? 1 : 2;  // one vector: the rows come from memory, which is fastest in its order
  std::int64_t i = 0;
  for (; i + kHeight <= row_count; i += kHeight) {
    dots<kHeight, width>(rows + i, vectors, dimension, out + i * stride, stride);
  }
  for (; i < row_count; ++i) dots<1, width>(rows + i, vectors, dimension, out + i * stride, stride);
}

}  // namespace

ZOO_FOR_EACH_MACHINE
void dot_products(const std::byte* const* rows, std::int64_t row_count, const float* vectors, std::int64_t vector_count,
                  std::int64_t dimension, float* out) {
  std::int64_t k = 0;
  for (; k + 4 <= vector_count; k += 4) {
    dots_of_rows<4>(rows, row_count, vectors + k * dimension, dimension, out + k, vector_count);
  }
  for (; k < vector_count; ++k) {
    dots_of_rows<1>(rows, row_count, vectors + k * dimension, dimension, out + k, vector_count);
  }
}

}  // namespace zoo
