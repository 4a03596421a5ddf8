#include "batches/permutation.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace zoo {
namespace {

TEST(Permutation, EveryNumberComesOnceForEverySize) {
  for (std::uint64_t size = 1; size < 300; ++size) {
    const Permutation order(size, 1, size);
    std::vector<bool> seen(size, false);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto number = order.at(i);
      ASSERT_LT(number, size);
      ASSERT_FALSE(seen[number]);
      seen[number] = true;
    }
  }
}

TEST(Permutation, EveryNumberIsAboutEquallyOftenAtEveryPlace) {
  constexpr std::uint64_t kSize = 11, kDraws = 11'000;
  std::vector<std::vector<int>> counts(kSize, std::vector<int>(kSize));
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    const Permutation order(kSize, 42, draw);
    for (std::uint64_t i = 0; i < kSize; ++i) ++counts[i][order.at(i)];
  }
  for (const auto& place : counts) {
    for (const auto count : place) EXPECT_NEAR(count, 1000, 150);  // 5 deviations
  }
}

TEST(Permutation, NeighboursAreTornApart) {
  constexpr std::uint64_t kSize = 100'000;
  const Permutation order(kSize, 3, 0);
  std::uint64_t near = 0;
  for (std::uint64_t i = 1; i < kSize; ++i) {
    const auto a = order.at(i - 1), b = order.at(i);
    near += (a > b ? a - b : b - a) <= 10;
  }
  EXPECT_LT(near, 60U);  // 20 are expected by chance
}

}  // namespace
}  // namespace zoo
