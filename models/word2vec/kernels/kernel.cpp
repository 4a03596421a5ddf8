#include "models/word2vec/kernels/kernel.h"

#include <algorithm>
#include <cmath>

#include "models/word2vec/kernels/variants.h"

namespace zoo::word2vec {

Work::Work(std::int64_t stride) : stride(stride), scratch_(static_cast<std::size_t>(kGroup * stride + kRowFloats)) {
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
  return reinterpret_cast<float*>((address + 63) / 64 * 64) + i * stride;
}

std::vector<const Kernel*> kernels() {
  std::vector<const Kernel*> result;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0) {
    result.push_back(&avx512_kernel());
  }
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) result.push_back(&avx2_kernel());
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
