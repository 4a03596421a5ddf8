#pragma once

#include <cstddef>
#include <cstdint>

namespace zoo {

/// `out` [rows, vectors] = the dot products of `rows`, each of `dimension` float32 and aligned or not, with `vectors`
/// [vectors, D] side by side, by the instructions of the machine at hand.
void dot_products(const std::byte* const* rows, std::int64_t row_count, const float* vectors, std::int64_t vector_count,
                  std::int64_t dimension, float* out);

}  // namespace zoo
