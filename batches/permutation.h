#pragma once

#include <array>
#include <cstdint>

namespace zoo {

/// A shuffled order of 0 … size−1 that is computed, not stored: at(i) is the i-th number of the order, in any order
/// asked, in about 20 ns and no memory. A Feistel network over the least even-sided power of two that holds `size`,
/// walked until it falls inside (Black & Rogaway 2002, "Ciphers with arbitrary finite domains").
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed, std::uint64_t stream);

  std::uint64_t size() const { return size_; }
  std::uint64_t at(std::uint64_t index) const {
    do {
      index = encipher(index);
    } while (index >= size_);
    return index;
  }

 private:
  static constexpr int kRounds = 6;

  std::uint64_t encipher(std::uint64_t value) const {
    int low_bits = low_bits_, high_bits = high_bits_;
    for (int round = 0; round < kRounds; ++round) {
      const auto low = value & ((std::uint64_t{1} << low_bits) - 1), high = value >> low_bits;
      auto mixed = (low ^ keys_[static_cast<std::size_t>(round)]) * 0xff51afd7ed558ccdU;
      mixed = (mixed ^ (mixed >> 32)) * 0xc4ceb9fe1a85ec53U;
      // (high, low) → (low, high ^ F(low)): the halves change places, and so do their widths.
      value = (low << high_bits) | (high ^ (mixed >> (64 - high_bits)));
      const int swapped = low_bits;
      low_bits = high_bits;
      high_bits = swapped;
    }
    return value;
  }

  std::uint64_t size_;
  int low_bits_, high_bits_;
  std::array<std::uint64_t, kRounds> keys_;
};

}  // namespace zoo
