#pragma once

#include <functional>

namespace zoo::elmo {

/// Does both. `on_cpu`, where torch works on two or three threads and gradients are off, at the same time, each on a
/// thread of its own: an LSTM's steps then wait for no other thread, where else all threads share each step's products.
void both_ways(bool on_cpu, const std::function<void()>& one, const std::function<void()>& other);

}  // namespace zoo::elmo
