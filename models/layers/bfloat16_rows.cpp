#include "models/layers/bfloat16_rows.h"

#include <cstring>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::Floats;
using lanes::Ints;
using lanes::kLanes;
using Shorts = std::int16_t __attribute__((vector_size(32)));

/// The upper half of each number, rounded: its bits + ½ of the last place that stays, less if that was even.
ZOO_INLINE void round_up_half(Ints& bits, const Floats& x) {
  std::memcpy(&bits, &x, sizeof bits);
  const Ints even = (bits >> 16) & 1;
  const Ints size = bits & 0x7fffffff, quiet = bits | 0x400000;
  bits = size > 0x7f800000 ? quiet : bits + 0x7fff + even;  // a NaN must not round to infinity
}

ZOO_INLINE void row(const float* from, std::int64_t count, std::uint16_t* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Floats x;
    Ints bits;
    std::memcpy(&x, from + i, sizeof x);
    round_up_half(bits, x);
    const Shorts half = __builtin_convertvector(bits >> 16, Shorts);
    std::memcpy(to + i, &half, sizeof half);
  }
  if (i == count) return;
  Floats x = {};
  Ints bits;
  const auto left = static_cast<std::size_t>(count - i);
  std::memcpy(&x, from + i, left * sizeof(float));
  round_up_half(bits, x);
  const Shorts half = __builtin_convertvector(bits >> 16, Shorts);
  std::memcpy(to + i, &half, left * sizeof(std::uint16_t));
}

ZOO_INLINE void pairs(const float* even, const float* odd, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const auto left = static_cast<std::size_t>(count - i < kLanes ? count - i : kLanes);
    Floats a = {}, b = {};
    Ints low, high;
    std::memcpy(&a, even + i, left * sizeof(float));
    std::memcpy(&b, odd + i, left * sizeof(float));
    round_up_half(low, a);
    round_up_half(high, b);
    const Ints both = ((low >> 16) & 0xffff) | (high & ~0xffff);
    std::memcpy(to + 2 * i, &both, left * sizeof(std::int32_t));
  }
}

}  // namespace

bool has_bfloat16_products() {
#ifdef __x86_64__
  return instructions() == Instructions::avx512 && __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

void to_bfloat16(const float* from, std::int64_t count, std::uint16_t* to) { on_processor<row>(from, count, to); }

void to_bfloat16_pairs(const float* even, const float* odd, std::int64_t count, std::uint16_t* to) {
  on_processor<pairs>(even, odd, count, to);
}

}  // namespace zoo
