#include "base/random.h"

#include <algorithm>
#include <bit>

namespace zoo {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t mixed = stream;
  mixed = seed ^ splitmix64(mixed);
  for (auto& word : state_) word = splitmix64(mixed);
}

std::uint64_t Random::bits() {
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

__extension__ using Wide = unsigned __int128;

std::uint64_t Random::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>((static_cast<Wide>(bits()) * bound) >> 64);
}

void Random::set_state(std::span<const std::uint64_t, 4> state) { std::copy(state.begin(), state.end(), state_); }

}  // namespace zoo
