#include "models/layers/product.h"

#include <gtest/gtest.h>
#include <torch/nn/functional.h>

namespace zoo {
namespace {

/// Values and gradients of linear() against LibTorch's own in double precision.
void expect_a_linear_layer(const torch::Tensor& x, bool with_bias) {
  torch::manual_seed(3);
  const auto inputs = x.size(-1);
  auto weight = torch::randn({7, inputs}), bias = torch::randn({7});
  const auto run = [&](bool exact) {
    const auto type = exact ? torch::kDouble : torch::kFloat;
    auto a = x.detach().to(type).clone().requires_grad_(), w = weight.detach().to(type).clone().requires_grad_(),
         b = bias.detach().to(type).clone().requires_grad_();
    const auto given = with_bias ? b : torch::Tensor();
    const auto y = exact ? torch::nn::functional::linear(a, w, given) : linear(a, w, given);
    (y.tanh() * torch::linspace(-1, 1, y.numel(), type).view(y.sizes())).sum().backward();
    std::vector<torch::Tensor> all = {y.detach(), a.grad(), w.grad()};
    if (with_bias) all.push_back(b.grad());
    return all;
  };
  const auto ours = run(false), exact = run(true);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(ours[i].sizes(), exact[i].sizes()) << i;
    EXPECT_TRUE(torch::allclose(ours[i].to(torch::kDouble), exact[i], 1e-4, 1e-4)) << i;
  }
}

TEST(Linear, GivesValuesAndGradientsForRowsOfAnyNumber) {
  for (const std::int64_t rows : {1, 7, 8, 33}) {
    expect_a_linear_layer(torch::randn({rows, 19}), true);
    expect_a_linear_layer(torch::randn({rows, 19}), false);
  }
}

TEST(Linear, TakesViewsAndMoreDimensions) {
  expect_a_linear_layer(torch::randn({3, 5, 2, 16}), true);
  expect_a_linear_layer(torch::randn({12, 40}).t(), true);
  expect_a_linear_layer(torch::randn({4, 6, 10}).transpose(0, 1), true);
}

TEST(Linear, MakesNoGradientForWhatNeedsNone) {
  const auto x = torch::randn({16, 4});
  auto weight = torch::randn({3, 4}).requires_grad_();
  linear(x, weight, torch::zeros({3})).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_FALSE(linear(x, weight.detach(), torch::zeros({3})).requires_grad());
}

}  // namespace
}  // namespace zoo
