#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace zoo::word2vec {

/// A number of IEEE 754 half precision (10 bits of fraction), as it lies in memory; nothing is calculated in it.
struct Half {
  std::uint16_t bits;
};

inline float to_float(float x) { return x; }
inline float to_float(Half x) {
  const std::uint32_t size = (x.bits & 0x7fffU) << 13, sign = (x.bits & 0x8000U) << 16;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) * 0x1p112F) | sign);
}

/// x, |x| < 2^15, with `dither` added to the 13 bits of fraction that a half lacks, which are then cut off. A dither
/// uniform in [0, 2^13) rounds away from zero as often as x is near the half there: stochastic rounding, whose mean is
/// x. Below 2^−14 in size, where halves are multiples of 2^−24, more bits are cut off, toward zero.
inline Half rounded(float x, std::uint32_t dither) {
  const auto bits = std::bit_cast<std::uint32_t>(x) + dither;
  const auto small = std::bit_cast<float>(bits & 0x7fffe000U) * 0x1p-112F;
  return {static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(small) >> 13) | ((bits >> 16) & 0x8000U))};
}

/// x itself, or the nearest half.
template <class Cell>
Cell nearest(float x) {
  if constexpr (std::is_same_v<Cell, float>) {
    return x;
  } else {
    return rounded(x, 0xfff + ((std::bit_cast<std::uint32_t>(x) >> 13) & 1));
  }
}

/// Random bits to round with, cheap enough for each store: a small table that stays in the first cache, read from
/// another place and with other bits turned over at each draw. The latter alone makes each number of a draw uniform in
/// [0, 2^13), the former keeps those of neighbours apart.
class Dither {
 public:
  static constexpr std::int64_t kRow = 16;    ///< numbers in a row of the table
  static constexpr std::int64_t kSpan = 256;  ///< components that many places apart have the same number

  struct Draw {
    const std::uint32_t* bits = nullptr;
    std::uint32_t flip = 0;
    /// For component j of the k-th row that is written, k at most kMaxOutputs.
    std::uint32_t at(int k, std::int64_t j) const { return bits[kRow * k + j % kSpan] ^ flip; }
    Draw from(int k) const { return {bits + kRow * k, flip}; }  ///< at(0, j) is then this one's at(k, j)
  };

  Dither() : table_(table()) {}
  void start(std::uint64_t seed) { state_ = seed; }
  /// A linear congruential generator (Knuth's), of which the upper bits are taken.
  Draw draw() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return {table_ + kRow * static_cast<std::int64_t>(state_ >> 59), static_cast<std::uint32_t>(state_ >> 46) & 0x1fff};
  }

 private:
  /// Aligned to 64 bytes, made once: [32 places + kMaxOutputs + kSpan / kRow] rows.
  static const std::uint32_t* table();

  const std::uint32_t* table_;
  std::uint64_t state_ = 0;
};

}  // namespace zoo::word2vec
