#pragma once

#include <cstdint>
#include <cstring>

// Sixteen float32 numbers at a time in the compiler's own vector types. What is written with them is inlined into one
// function for each instruction set, and the fastest that the processor has is chosen when the program runs. For
// .cpp files of this folder only.

// Everything below is inlined into one function for each instruction set.
#define ZOO_INLINE __attribute__((always_inline)) inline

namespace zoo::lanes {

inline constexpr std::int64_t kLanes = 16;
using Floats = float __attribute__((vector_size(64)));
using Ints = std::int32_t __attribute__((vector_size(64)));

/// exp(x) for −87 ≤ x ≤ 88 to about 1e-7 of its value, below −87 as there: 2^n · e^r with |r| ≤ ln 2 / 2 and a
/// polynomial for e^r.
ZOO_INLINE void exponential(Floats& x) {
  const Floats low = Floats{} - 87.0f;
  x = x < low ? low : x;
  const Floats n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // to the nearest whole number
  const Floats r = x - n * 0.693359375f + n * 2.12194440e-4f;
  Floats p = Floats{} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Ints power = (__builtin_convertvector(n, Ints) + 127) << 23;
  Floats scale;
  std::memcpy(&scale, &power, sizeof scale);
  x = p * scale;
}

}  // namespace zoo::lanes
