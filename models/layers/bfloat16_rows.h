#pragma once

#include <cstdint>

namespace zoo {

/// Whether the processor multiplies bfloat16 by itself (AVX-512 BF16).
bool has_bfloat16_products();

/// float32 → bfloat16, rounded to the nearest, ties to even. NaN stays NaN.
void to_bfloat16(const float* from, std::int64_t count, std::uint16_t* to);

/// Two rows as the right operand of a bfloat16 product wants them: to[2 i] = even[i], to[2 i + 1] = odd[i].
void to_bfloat16_pairs(const float* even, const float* odd, std::int64_t count, std::uint16_t* to);

}  // namespace zoo
