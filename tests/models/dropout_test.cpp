#include "models/layers/dropout.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

namespace zoo {
namespace {

using torch::Tensor;

/// Which numbers of ones of this shape went.
Tensor gone(at::IntArrayRef shape, double share, std::uint64_t seed) {
  torch::manual_seed(seed);
  return zoo::dropout(torch::ones(shape), share, true).eq(0);
}

TEST(Dropout, LeavesAllAsItIsOutOfTrainingAndWithShareZero) {
  const auto x = torch::randn({3, 5});
  EXPECT_TRUE(zoo::dropout(x, 0.5, false).is_same(x));
  EXPECT_TRUE(zoo::dropout(x, 0, true).is_same(x));
}

TEST(Dropout, ZeroesItsShareAndKeepsTheMean) {
  constexpr std::int64_t kCount = 1'000'003;  // no whole number of vectors
  for (const auto share : {0.1, 0.5, 0.9}) {
    torch::manual_seed(1);
    const auto result = zoo::dropout(torch::full({kCount}, 3.0F), share, true);
    const auto zeros = result.eq(0).sum().item<double>();
    EXPECT_NEAR(zeros / kCount, share, 5 * std::sqrt(share * (1 - share) / kCount)) << share;
    EXPECT_TRUE(result.masked_select(result.ne(0)).allclose(torch::tensor(3 / (1 - share), torch::kFloat), 1e-6));
  }
}

TEST(Dropout, DecidesAboutEachNumberByItself) {
  // Of neighbours, of numbers a row apart and of two calls each pair goes together as often as chance has it.
  constexpr std::int64_t kRows = 1000, kColumns = 512;
  const auto first = gone({kRows, kColumns}, 0.3, 7).to(torch::kDouble);
  const auto second = gone({kRows, kColumns}, 0.3, 8).to(torch::kDouble);
  const auto together = [](const Tensor& a, const Tensor& b) { return (a * b).mean().item<double>(); };
  const auto bound = 5 * std::sqrt(0.09 * 0.91 / (kRows * kColumns));
  EXPECT_NEAR(together(first.narrow(1, 0, kColumns - 1), first.narrow(1, 1, kColumns - 1)), 0.09, bound);
  EXPECT_NEAR(together(first.narrow(0, 0, kRows - 1), first.narrow(0, 1, kRows - 1)), 0.09, bound);
  EXPECT_NEAR(together(first, second), 0.09, bound);
}

TEST(Dropout, SendsTheGradientThroughWhatItKept) {
  const auto x = torch::randn({40, 33}).requires_grad_();
  const auto y = zoo::dropout(x, 0.25, true);
  const auto given = torch::randn({40, 33});
  y.backward(given);
  EXPECT_TRUE(x.grad().equal(torch::where(y.eq(0), torch::zeros({}), given * static_cast<float>(1 / 0.75))));
}

TEST(Dropout, IsAFunctionOfTheSeedWhateverTheNumberOfThreads) {
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = gone({300, 700}, 0.4, 5);
  at::set_num_threads(3);
  const auto three = gone({300, 700}, 0.4, 5);
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(three));
  EXPECT_FALSE(one.equal(gone({300, 700}, 0.4, 6)));
}

TEST(Dropout, GivesFloat32ForBfloat16AndItsGradientInBfloat16) {
  const auto x = torch::ones({64, 64}, torch::kBFloat16).requires_grad_();
  const auto y = zoo::dropout(x, 0.5, true);
  EXPECT_EQ(y.scalar_type(), torch::kFloat);
  y.sum().backward();
  EXPECT_EQ(x.grad().scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(x.grad().to(torch::kFloat).equal(y));
}

TEST(Dropout, LeavesOtherTypesToTorch) {
  const auto y = zoo::dropout(torch::ones({100, 100}, torch::kDouble), 0.5, true);
  EXPECT_EQ(y.scalar_type(), torch::kDouble);
  EXPECT_NEAR(y.eq(0).to(torch::kDouble).mean().item<double>(), 0.5, 0.05);
  EXPECT_TRUE(zoo::dropout(torch::ones({10}), 1, true).equal(torch::zeros({10})));
}

}  // namespace
}  // namespace zoo
