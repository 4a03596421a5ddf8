#pragma once

#include <utility>

namespace zoo {

/// What the kernels of this folder are compiled for.
enum class Instructions { portable, avx2, avx512 };

/// The most that this processor has, and at most what the environment variable ZOO_INSTRUCTIONS names (portable, avx2
/// or avx512), so that tests and measurements see the others too. Looked up once. Throws Error for another name.
Instructions instructions();

template <auto kKernel>
struct Compiled;

/// A kernel that is always inlined, so inlined once for each set of instructions.
template <class Result, class... Given, Result (*kKernel)(Given...)>
struct Compiled<kKernel> {
  static Result portable(Given... given) { return kKernel(given...); }
#ifdef __x86_64__
  __attribute__((target("avx2,fma"))) static Result avx2(Given... given) { return kKernel(given...); }
  __attribute__((target("avx512f,avx2,fma"))) static Result avx512(Given... given) { return kKernel(given...); }
#endif
  static auto fastest() {
#ifdef __x86_64__
    if (instructions() == Instructions::avx512) return avx512;
    if (instructions() == Instructions::avx2) return avx2;
#endif
    return portable;
  }
};

/// kKernel(given...) as compiled for instructions(). kKernel is a ZOO_INLINE function (lanes.h).
template <auto kKernel, class... Given>
auto on_processor(Given&&... given) {
  static const auto function = Compiled<kKernel>::fastest();
  return function(std::forward<Given>(given)...);
}

}  // namespace zoo
