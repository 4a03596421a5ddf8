#pragma once

#include <cstddef>
#include <functional>

namespace zoo {

/// The cores this process may use.
int available_threads();

/// Runs body(thread) for each thread number 0 … threads−1 at once and waits; the first exception is thrown again here.
void run_on_threads(int threads, const std::function<void(int thread)>& body);

}  // namespace zoo
