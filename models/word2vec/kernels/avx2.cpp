#ifdef __x86_64__
#include <immintrin.h>

#include "models/word2vec/kernels/variants.h"

#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")

namespace zoo::word2vec {
namespace {

struct Lanes {
  using Register = __m256;
  using Whole = __m256i;
  static constexpr int kCount = 8;

  static Register load(const float* p) { return _mm256_load_ps(p); }
  static void store(float* p, Register x) { _mm256_store_ps(p, x); }
  static Register load(const Half* p) { return _mm256_cvtph_ps(_mm_load_si128(reinterpret_cast<const __m128i*>(p))); }
  /// rounded() with the dither bits ^ flip.
  static void store(Half* p, Register x, const std::uint32_t* bits, Whole flip) {
    const Whole dither = _mm256_load_si256(reinterpret_cast<const Whole*>(bits)) ^ flip;
    const Register sum = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), dither));
    const __m128i cut = _mm256_cvtps_ph(sum, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    _mm_store_si128(reinterpret_cast<__m128i*>(p), cut);
  }
  static Whole whole(std::uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  static Register all(float x) { return _mm256_set1_ps(x); }
  static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
  static Register min(Register a, Register b) { return _mm256_min_ps(a, b); }
  static Register max(Register a, Register b) { return _mm256_max_ps(a, b); }
  static Register hold(Register x) { return max(min(x, all(kLargest)), all(-kLargest)); }
  static Register round(Register x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Register scale(Register x, Register n) {
    const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return x * _mm256_castsi256_ps(power);
  }
  /// out[8·i + k] = the sum of the lanes of sums[B·i + k], i < N, by a tree that sums eight registers into one.
  template <int N, int B>
  static void sum_slots(const Register* sums, float* out) {
    for (int i = 0; i < N; ++i) {
      const auto at = [&](int k) __attribute__((target("avx2,fma,f16c"))) { return sums[B * i + (k < B ? k : B - 1)]; };
      const __m256 low = four(at(0), at(1), at(2), at(3)), high = B > 4 ? four(at(4), at(5), at(6), at(7)) : low;
      _mm256_storeu_ps(out + 8 * i, _mm256_permute2f128_ps(low, high, 0x20) + _mm256_permute2f128_ps(low, high, 0x31));
    }
  }

 private:
  static Register two(Register a, Register b) { return _mm256_unpacklo_ps(a, b) + _mm256_unpackhi_ps(a, b); }
  static Register four(Register a, Register b, Register c, Register d) {
    const __m256d ab = _mm256_castps_pd(two(a, b)), cd = _mm256_castps_pd(two(c, d));
    return _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)) + _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd));
  }
};

#include "models/word2vec/kernels/fused.inl"

}  // namespace

const Kernel& avx2_kernel() {
  static const Kernel kernel = {"avx2", updates<float>(), updates<Half>()};
  return kernel;
}

}  // namespace zoo::word2vec
#pragma GCC pop_options
#endif
