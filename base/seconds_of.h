#pragma once

#include <chrono>
#include <functional>

namespace zoo {

/// How long the call takes by the clock on the wall.
inline double seconds_of(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace zoo
