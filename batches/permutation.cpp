#include "batches/permutation.h"

#include <algorithm>
#include <bit>

#include "base/random.h"

namespace zoo {

Permutation::Permutation(std::uint64_t size, std::uint64_t seed, std::uint64_t stream) : size_(size) {
  const int bits = std::max<int>(2, static_cast<int>(std::bit_width(size > 0 ? size - 1 : 0)));
  low_bits_ = bits / 2;
  high_bits_ = bits - low_bits_;
  Random random(seed, stream);
  for (auto& key : keys_) key = random.bits();
}

}  // namespace zoo
