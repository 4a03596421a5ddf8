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

/// The dot products of a row, which may lie unaligned, with `count` vectors of `dimension` numbers one after the other.
template <int count>
[[gnu::always_inline]] inline void dots_of_row(const std::byte* row, const float* vectors, std::int64_t dimension,
                                               float* out) {
  Lanes sums[count] = {}, left, right;
  std::int64_t j = 0;
  for (; j + 16 <= dimension; j += 16) {
    std::memcpy(&right, row + j * 4, sizeof right);
    for (int k = 0; k < count; ++k) {
      std::memcpy(&left, vectors + k * dimension + j, sizeof left);
      sums[k] += left * right;
    }
  }
  for (int k = 0; k < count; ++k) out[k] = sum_of(sums[k]);
  for (; j < dimension; ++j) {
    float value;
    std::memcpy(&value, row + j * 4, sizeof value);
    for (int k = 0; k < count; ++k) out[k] += vectors[k * dimension + j] * value;
  }
}

}  // namespace

ZOO_FOR_EACH_MACHINE
void dot_products(const std::byte* const* rows, std::int64_t row_count, const float* vectors, std::int64_t vector_count,
                  std::int64_t dimension, float* out) {
  for (std::int64_t i = 0; i < row_count; ++i) {
    std::int64_t k = 0;
    for (; k + 4 <= vector_count; k += 4) {
      dots_of_row<4>(rows[i], vectors + k * dimension, dimension, out + i * vector_count + k);
    }
    for (; k < vector_count; ++k) {
      dots_of_row<1>(rows[i], vectors + k * dimension, dimension, out + i * vector_count + k);
    }
  }
}

}  // namespace zoo
