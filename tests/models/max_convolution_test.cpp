#include "models/layers/max_convolution.h"

#include <gtest/gtest.h>
#include <torch/nn/functional.h>

namespace zoo {
namespace {

using torch::Tensor;

/// LibTorch's own convolution and maximum, in double precision.
Tensor expected(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto places = torch::conv1d(x.transpose(1, 2), weight.transpose(1, 2), bias);  // [U, n, K − w + 1]
  return std::get<0>(places.max(2));
}

TEST(MaxConvolution, GivesTheBestMatchAndItsGradientsForEveryShape) {
  torch::manual_seed(9);
  struct Shape {
    std::int64_t rows, length, width, filter, filters;
  };
  for (const auto& s : {Shape{1, 1, 1, 1, 1}, Shape{3, 5, 4, 2, 7}, Shape{40, 12, 16, 5, 32}, Shape{70, 23, 16, 1, 50},
                        Shape{5, 7, 3, 7, 16}, Shape{33, 50, 20, 4, 129}}) {
    const auto x = torch::randn({s.rows, s.length, s.width}), weight = torch::randn({s.filters, s.filter, s.width}),
               bias = torch::randn({s.filters}), pull = torch::randn({s.rows, s.filters});
    const auto run = [&](torch::Dtype type, const auto& function) {
      std::vector<Tensor> in;
      for (const auto& one : {x, weight, bias}) in.push_back(one.to(type).clone().requires_grad_());
      const auto y = function(in[0], in[1], in[2]);
      y.backward(pull.to(type));
      return std::vector<Tensor>{y.detach(), in[0].grad(), in[1].grad(), in[2].grad()};
    };
    const auto ours = run(torch::kFloat, max_convolution), exact = run(torch::kDouble, expected);
    const auto other = run(torch::kDouble, max_convolution);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      ASSERT_EQ(ours[i].sizes(), exact[i].sizes()) << i;
      EXPECT_TRUE(torch::allclose(ours[i].to(torch::kDouble), exact[i], 1e-4, 1e-4)) << i << " of " << s.filters;
      EXPECT_TRUE(torch::allclose(other[i], exact[i])) << "in double precision, " << i;
    }
  }
}

TEST(MaxConvolution, OfPlacesThatMatchAlikeTheFirstGetsTheGradient) {
  const auto x = torch::ones({2, 4, 1}).requires_grad_();
  max_convolution(x, torch::ones({1, 2, 1}), torch::zeros({1})).sum().backward();
  EXPECT_TRUE(torch::equal(x.grad()[0].view(-1), torch::tensor({1.0F, 1.0F, 0.0F, 0.0F})));
}

TEST(MaxConvolution, TakesViewsAndNoRows) {
  torch::manual_seed(2);
  const auto x = torch::randn({6, 5, 8}), weight = torch::randn({10, 8, 3}).transpose(1, 2), bias = torch::randn({10});
  const auto y = max_convolution(x, weight, bias);
  EXPECT_TRUE(torch::allclose(y, expected(x, weight, bias), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(max_convolution(x.transpose(0, 1).contiguous().transpose(0, 1), weight, bias), y));
  EXPECT_EQ(max_convolution(x.narrow(0, 0, 0), weight, bias).sizes(), (std::vector<std::int64_t>{0, 10}));
}

}  // namespace
}  // namespace zoo
