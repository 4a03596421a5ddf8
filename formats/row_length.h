#pragma once

#include <cstddef>
#include <cstdint>

namespace zoo {

/// The Euclidean length of a row of `dimension` float32, aligned or not; squares are summed in double precision, by the
/// instructions of the machine at hand.
float row_length(const std::byte* row, std::int64_t dimension);

}  // namespace zoo
