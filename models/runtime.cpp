#include "models/runtime.h"

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <new>
#include <string>

#include "base/command_line.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"

namespace zoo {

int run_torch_command(int argc, char** argv, int (*body)(int, char**)) {
  static int (*run)(int, char**) = nullptr;
  run = body;
  return run_command(argc, argv, [](int count, char** words) {
    try {
      return run(count, words);
    } catch (const c10::Error& error) {
      const std::string text = error.what_without_backtrace();
      if (text.find("allocate memory") != std::string::npos) throw std::bad_alloc();
      fail("LibTorch: {}", text.substr(0, text.find('\n')));
    }
  });
}

int use_threads(std::int64_t threads) {
  const int count = threads > 0 ? static_cast<int>(threads) : available_threads();
  at::set_num_threads(count);
  // The second pool can be set once, before it first works; a later call keeps it as it is.
  static const bool once = [] {
    if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
    return true;
  }();
  static_cast<void>(once);
  return count;
}

void check_memory_for(double numbers, std::string_view what) {
  const auto memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto needed = 4 * 4 * numbers;
  if (needed > memory) {
    fail_usage("{}: {} parameters take {} to train, this machine has {}; make it smaller", what, short_number(numbers),
               bytes_text(needed), bytes_text(memory));
  }
}

void seed_torch(std::uint64_t seed) { torch::manual_seed(seed); }

}  // namespace zoo
