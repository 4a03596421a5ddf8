#include <cmath>
#include <cstring>

#include "models/word2vec/kernels/variants.h"

namespace zoo::word2vec {
namespace {

/// Four floats by the compiler's own vectors: SSE2, NEON or whatever there is.
struct Lanes {
  using Register = float __attribute__((vector_size(16)));
  using Whole = std::uint32_t;
  static constexpr int kCount = 4;

  static Register load(const float* p) {
    Register x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static void store(float* p, Register x) { std::memcpy(p, &x, sizeof x); }
  static Register load(const Half* p) {
    return Register{to_float(p[0]), to_float(p[1]), to_float(p[2]), to_float(p[3])};
  }
  static void store(Half* p, Register x, const std::uint32_t* bits, Whole flip) {
    for (int i = 0; i < kCount; ++i) p[i] = rounded(x[i], bits[i] ^ flip);
  }
  static Whole whole(std::uint32_t x) { return x; }
  static Register all(float x) { return Register{x, x, x, x}; }
  static Register fma(Register a, Register b, Register c) { return a * b + c; }
  static Register min(Register a, Register b) { return a < b ? a : b; }
  static Register max(Register a, Register b) { return a > b ? a : b; }
  static Register hold(Register x) { return max(min(x, all(kLargest)), all(-kLargest)); }
  static Register round(Register x) {
    const Register shift = all(0x1.8p23F);  // adding it leaves no bit below the unit
    return (x + shift) - shift;
  }
  static Register scale(Register x, Register n) {
    using Whole = std::int32_t __attribute__((vector_size(16)));
    const auto power = (__builtin_convertvector(n, Whole) + 127) << 23;  // 2^n
    Register factor;
    std::memcpy(&factor, &power, sizeof factor);
    return x * factor;
  }
  /// out[8·i + k] = the sum of the lanes of sums[B·i + k].
  template <int N, int B>
  static void sum_slots(const Register* sums, float* out) {
    for (int i = 0; i < N; ++i) {
      for (int k = 0; k < B; ++k) {
        const Register x = sums[B * i + k];
        out[8 * i + k] = (x[0] + x[2]) + (x[1] + x[3]);
      }
    }
  }
};

#include "models/word2vec/kernels/fused.inl"

}  // namespace

const Kernel& portable_kernel() {
  static const Kernel kernel = {"portable", updates<float>(), updates<Half>()};
  return kernel;
}

}  // namespace zoo::word2vec
