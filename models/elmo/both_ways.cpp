#include "models/elmo/both_ways.h"

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>
#include <torch/types.h>

#ifndef _OPENMP
#error "at::parallel_for is a template: compiled without OpenMP it runs on one thread"
#endif

namespace zoo::elmo {

void both_ways(bool on_cpu, const std::function<void()>& one, const std::function<void()>& other) {
  constexpr int kThreads = 3;  // with more, half of them would have nothing to do
  if (!on_cpu || torch::GradMode::is_enabled() || at::get_num_threads() > kThreads) {
    one();
    other();
    return;
  }
  const at::ThreadLocalState state;  // gradients off and autocast on are a thread's own
  at::parallel_for(0, 2, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::ThreadLocalStateGuard as_here(state);
    for (auto i = begin; i < end; ++i) (i == 0 ? one : other)();
  });
}

}  // namespace zoo::elmo
