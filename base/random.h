#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace zoo {

/// xoshiro256** (Blackman & Vigna 2018): the same numbers on every machine, unlike the standard's distributions.
/// Seeded through splitmix64 from a seed and a stream number, so that epoch e or thread t has numbers of its own
/// and any place of a training can be reached again without drawing what came before.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t bits() {
    const auto result = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  /// Uniform in [0, bound), by multiplication (Lemire 2019); bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(bits()) * bound) >> 64);
  }
  /// Uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  std::span<const std::uint64_t, 4> state() const { return std::span<const std::uint64_t, 4>(state_); }
  void set_state(std::span<const std::uint64_t, 4> state);

 private:
  std::uint64_t state_[4];
};

}  // namespace zoo
