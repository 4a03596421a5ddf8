#pragma once

#include <cstdint>

namespace zoo {

/// Sets LibTorch's threads for one operation (0: all cores this process may use) and keeps operations from running
/// beside each other, so that sums come out the same. Returns the number of threads. Call it before any tensor work.
int use_threads(std::int64_t threads);

/// Seeds LibTorch's generator (dropout, initial weights).
void seed_torch(std::uint64_t seed);

}  // namespace zoo
