#include "base/random.h"

#include <algorithm>

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

void Random::set_state(std::span<const std::uint64_t, 4> state) { std::copy(state.begin(), state.end(), state_); }

}  // namespace zoo
