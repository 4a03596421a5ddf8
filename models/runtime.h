#pragma once

#include <cstdint>
#include <string_view>

namespace zoo {

/// run_command for programs with LibTorch, whose exceptions become one line too.
int run_torch_command(int argc, char** argv, int (*body)(int, char**));

/// Sets LibTorch's threads for one operation (0: all cores this process may use) and keeps operations from running
/// beside each other, so that sums come out the same. Returns the number of threads. Call it before any tensor work.
int use_threads(std::int64_t threads);

/// Throws UsageError, naming `what` and the size, if so many float32 numbers could not be trained in this machine's
/// memory (weights, gradients and two moments each): LibTorch's own allocator would end the process.
void check_memory_for(double numbers, std::string_view what);

/// Seeds LibTorch's generator (dropout, initial weights).
void seed_torch(std::uint64_t seed);

}  // namespace zoo
