#include "models/word2vec/kernels/kernel.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "models/word2vec/kernels/variants.h"

namespace zoo::word2vec {
namespace {

#ifdef __x86_64__
/// Not among the names that every compiler's __builtin_cpu_supports knows.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

}  // namespace

const std::uint32_t* Dither::table() {
  struct Table {
    alignas(64) std::uint32_t bits[(32 + kMaxOutputs) * kRow + kSpan];
    Table() {
      Random random(0xd17e5);
      for (auto& number : bits) number = static_cast<std::uint32_t>(random.below(1 << 13));
    }
  };
  static const Table made;
  return made.bits;
}

Work::Work(std::int64_t width) : width(width), scratch_(static_cast<std::size_t>(2 * kGroup * width + kRowFloats)) {
  std::fill(std::begin(product), std::end(product), 1.0F);
}

double Work::loss() {
  flush();
  return total_;
}

void Work::flush() {
  for (const float lane : product) total_ += std::log(static_cast<double>(lane));
  for (const float lane : linear) total_ += lane;
  std::fill(std::begin(product), std::end(product), 1.0F);
  std::fill(std::begin(linear), std::end(linear), 0.0F);
  factors = 0;
}

float* Work::row(int i) {
  const auto address = reinterpret_cast<std::uintptr_t>(scratch_.data());
  return reinterpret_cast<float*>((address + 63) / 64 * 64) + i * width;
}

std::vector<const Kernel*> kernels() {
  std::vector<const Kernel*> result;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0) {
    result.push_back(&avx512_kernel());
  }
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 && has_f16c()) {
    result.push_back(&avx2_kernel());
  }
#endif
  result.push_back(&portable_kernel());
  result.push_back(&scalar_kernel());
  return result;
}

const Kernel& fastest_kernel() {
  static const Kernel& fastest = *kernels().front();
  return fastest;
}

}  // namespace zoo::word2vec
