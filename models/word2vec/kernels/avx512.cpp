#ifdef __x86_64__
#include <immintrin.h>

#include "models/word2vec/kernels/variants.h"

#pragma GCC push_options
#pragma GCC diagnostic ignored "-Wuninitialized"  // in g++ 12's own header
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512dq,avx2,fma")

namespace zoo::word2vec {
namespace {

struct Lanes {
  using Register = __m512;
  using Whole = __m512i;
  static constexpr int kCount = 16;

  static Register load(const float* p) { return _mm512_load_ps(p); }
  static void store(float* p, Register x) { _mm512_store_ps(p, x); }
  static Register load(const Half* p) {
    return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
  }
  /// rounded() with the dither bits ^ flip.
  static void store(Half* p, Register x, const std::uint32_t* bits, Whole flip) {
    const Whole dither = _mm512_xor_si512(_mm512_load_si512(bits), flip);
    const Register sum = _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), dither));
    const __m256i cut = _mm512_cvtps_ph(sum, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    _mm256_store_si256(reinterpret_cast<__m256i*>(p), cut);
  }
  static Whole whole(std::uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static Register all(float x) { return _mm512_set1_ps(x); }
  static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
  static Register min(Register a, Register b) { return _mm512_min_ps(a, b); }
  static Register max(Register a, Register b) { return _mm512_max_ps(a, b); }
  static Register hold(Register x) { return _mm512_range_ps(x, all(kLargest), 0x2); }  // x's sign, the smaller size
  static Register round(Register x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Register scale(Register x, Register n) { return _mm512_scalef_ps(x, n); }
  /// out[8·i + k] = the sum of the lanes of sums[B·i + k], i < N ≤ 2, by a tree that sums sixteen registers into one.
  template <int N, int B>
  static void sum_slots(const Register* sums, float* out) {
    static_assert(N * B <= 12);
    const __m512 a = four<B>(sums, 0), b = B > 4 ? four<B>(sums, 4) : a;
    const __m512 c = N == 2 ? four<B>(sums + B, 0) : B > 8 ? four<B>(sums, 8) : a;
    const __m512 d = N == 2 && B > 4 ? four<B>(sums + B, 4) : c;
    _mm512_storeu_ps(out, halves(halves(a, b), halves(c, d)));
  }

 private:
  static Register two(Register a, Register b) { return _mm512_unpacklo_ps(a, b) + _mm512_unpackhi_ps(a, b); }
  template <int C>
  static Register four(const Register* sums, int first) {
    const int last = C - 1;
    const auto a = sums[first], b = sums[first + 1 < C ? first + 1 : last];
    const auto c = sums[first + 2 < C ? first + 2 : last], d = sums[first + 3 < C ? first + 3 : last];
    const __m512d ab = _mm512_castps_pd(two(a, b)), cd = _mm512_castps_pd(two(c, d));
    return _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)) + _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
  }
  static Register halves(Register a, Register b) {
    return _mm512_shuffle_f32x4(a, b, 0x88) + _mm512_shuffle_f32x4(a, b, 0xdd);
  }
};

#include "models/word2vec/kernels/fused.inl"

}  // namespace

const Kernel& avx512_kernel() {
  static const Kernel kernel = {"avx512", updates<float>(), updates<Half>()};
  return kernel;
}

}  // namespace zoo::word2vec
#pragma GCC pop_options
#endif
