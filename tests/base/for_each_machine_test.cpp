#include "base/for_each_machine.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zoo {
namespace {

#if defined(__x86_64__) && !defined(ZOO_COMPILED_ONCE) && !defined(__clang__)

/// GCC fuses with -O2, and tests are built with -O1.
ZOO_FOR_EACH_MACHINE
__attribute__((noinline, optimize("O2"))) float product_and_sum(float a, float b, float c) { return a * b + c; }

TEST(ForEachMachine, AFusedProductShowsThatTheNewerInstructionsAreTaken) {
  const float a = 1 + 0x1p-12F, c = -1;
  ASSERT_NE(std::fma(a, a, c), 0x1p-11F) << "one rounding keeps the last bit of the product, two lose it";
  const bool fused = product_and_sum(a, a, c) == std::fma(a, a, c);
  EXPECT_EQ(fused, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}

#else

TEST(ForEachMachine, AFusedProductShowsThatTheNewerInstructionsAreTaken) {
  GTEST_SKIP() << "compiled once only, or by a compiler that need not fuse";
}

#endif

}  // namespace
}  // namespace zoo
