#include "models/layers/packed_product.h"

#include <gtest/gtest.h>
#include <torch/nn/functional.h>

#include <thread>

#include "models/layers/bfloat16_rows.h"
#include "models/layers/packed_rows.h"
#include "models/layers/projection.h"

namespace zoo {
namespace {

using torch::Tensor;

struct Inputs {
  Tensor x, weight, bias;
};

Inputs inputs(std::int64_t rows, std::int64_t from, std::int64_t to) {
  torch::manual_seed(rows + 1000 * from + to);
  return {torch::randn({rows, from}), torch::randn({to, from}), torch::randn({to})};
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>();
}

/// The product of rounded numbers as the definition says it, in double precision.
Tensor in_whole_steps(const Tensor& x) {  // [N, K] → the same, each row in steps of a 127th of its largest
  const auto step = x.to(torch::kDouble).abs().amax(1, true) / 127;
  return torch::where(step > 0, (x / step).round() * step, torch::zeros_like(step));
}

Tensor rounded(const Tensor& x, Precision precision) {
  if (precision == Precision::bf16) return x.to(torch::kBFloat16).to(torch::kDouble);
  return precision == Precision::int8 ? in_whole_steps(x) : x.to(torch::kDouble);
}

/// Where the processor has no products of the precision, weights are rounded and what they meet is not.
bool rounds_inputs(Precision precision) {
  if (precision == Precision::bf16) return has_bfloat16_products();
  return precision == Precision::fp32 || has_int8_products();
}

Tensor expected(const Inputs& in, Precision precision) {
  const auto x = rounds_inputs(precision) ? rounded(in.x, precision) : in.x.to(torch::kDouble);
  return x.matmul(rounded(in.weight, precision).t()) + in.bias.to(torch::kDouble);
}

TEST(PackedProduct, IsTheProductOfTheRoundedNumbersForEveryShape) {
  for (const auto precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    for (const std::int64_t rows : {1, 3, 8, 13, 32, 70}) {
      for (const auto& [from, to] : std::vector<std::pair<int, int>>{{1, 1}, {7, 5}, {32, 64}, {66, 130}, {256, 200}}) {
        const auto in = inputs(rows, from, to);
        const auto y = PackedProduct(in.weight, in.bias, precision)(in.x);
        ASSERT_EQ(y.sizes(), (std::vector<std::int64_t>{rows, to}));
        // An input that lies in the middle of two steps may go to either; a float32 sum is not a double's.
        const bool steps = precision == Precision::int8 && rounds_inputs(precision);
        const auto bound = steps ? 0.04 * std::sqrt(from) : 2e-5 * from;
        EXPECT_LT(largest_difference(y, expected(in, precision)), bound)
            << static_cast<int>(precision) << ": " << rows << " × " << from << " → " << to;
      }
    }
  }
}

TEST(PackedProduct, OfInt8IsNearTheProductItselfAndItsErrorIsThatOfItsSteps) {
  const auto in = inputs(64, 256, 192);
  const auto exact = expected(in, Precision::fp32);
  const auto error = [&](Precision precision) {
    return (PackedProduct(in.weight, in.bias, precision)(in.x).to(torch::kDouble) - exact).std().item<double>();
  };
  // Each factor is off by a step · √(1/12), a step about 3 · 127⁻¹ for 256 normal numbers: √(2 · 256) of these add up.
  EXPECT_LT(error(Precision::int8), 2 * std::sqrt(512 / 12.0) * 3 / 127);
  EXPECT_LT(error(Precision::bf16), 0.1 * exact.std().item<double>() / 16);
  EXPECT_LT(error(Precision::fp32), 1e-4);
}

TEST(PackedProduct, TakesViewsMoreDimensionsNoBiasAndNoRows) {
  for (const auto precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    const auto in = inputs(24, 12, 10);
    const PackedProduct with(in.weight, in.bias, precision), without(in.weight, {}, precision);
    const auto plain = with(in.x);
    EXPECT_TRUE(torch::equal(with(in.x.view({2, 3, 4, 12})), plain.view({2, 3, 4, 10})));
    EXPECT_TRUE(torch::equal(with(in.x.t().contiguous().t()), plain));
    EXPECT_LT(largest_difference(without(in.x) + in.bias, plain), 1e-5);
    EXPECT_EQ(with(in.x.narrow(0, 0, 0)).sizes(), (std::vector<std::int64_t>{0, 10}));
    EXPECT_FALSE(with(in.x.clone().requires_grad_()).requires_grad());
  }
}

TEST(PackedProduct, ARowIsTheSameWhateverRowsStandBesideIt) {
  for (const auto precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    const auto in = inputs(50, 48, 70);
    const PackedProduct product(in.weight, in.bias, precision);
    const auto all = product(in.x);
    for (const std::int64_t row : {0, 31, 49}) {
      EXPECT_LT(largest_difference(product(in.x.narrow(0, row, 1)), all.narrow(0, row, 1)), 1e-5);
    }
  }
}

TEST(PackedProduct, OfInt8TakesZerosAndVeryLargeAndSmallNumbers) {
  auto in = inputs(3, 8, 4);
  in.weight[1].zero_();
  in.x[0].zero_();
  in.x[1] *= 1e30;
  in.x[2] *= 1e-30;
  const auto y = PackedProduct(in.weight, in.bias, Precision::int8)(in.x);
  EXPECT_TRUE(torch::equal(y[0], in.bias));
  EXPECT_TRUE(y.isfinite().all().item<bool>());
  EXPECT_EQ(y[1][1].item<float>(), in.bias[1].item<float>());
}

TEST(PackedProduct, AnswersSeveralThreadsAtOnce) {
  const auto in = inputs(40, 64, 128);
  const PackedProduct product(in.weight, in.bias, Precision::int8);
  const auto alone = product(in.x);
  std::vector<int> same(4);
  std::vector<std::thread> threads;
  for (auto& one : same) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) one += torch::equal(product(in.x), alone);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(4, 20));
}

TEST(Projection, IsALinearLayerUntilItIsPackedAndThenKeepsTheWeightsItHad) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_gradient;
  Projection projection(torch::nn::LinearOptions(20, 9));
  const auto x = torch::randn({5, 20});
  const auto before = torch::nn::functional::linear(x, projection->weight, projection->bias);
  EXPECT_LT(largest_difference(projection(x), before), 1e-5);
  projection->pack(Precision::fp32);
  projection->weight.zero_();
  EXPECT_LT(largest_difference(projection(x), before), 1e-5);
}

}  // namespace
}  // namespace zoo
