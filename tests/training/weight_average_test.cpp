#include "training/weight_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace zoo {
namespace {

TEST(WeightAverage, ForgetsTheFirstStepsSoonAndThenFollowsItsDecay) {
  auto weights = torch::zeros({2});
  const Parts parameters = {{"w", weights}};
  WeightAverage average(parameters, 0.5);
  double expected = 0;
  for (int step = 1; step <= 30; ++step) {
    weights.fill_(step);
    average.update(step);
    const auto decay = std::min(0.5, (1.0 + step) / (10.0 + step));
    expected += (1 - decay) * (step - expected);
    ASSERT_NEAR(average.state()[0].second[1].item<double>(), expected, 1e-4) << step;
  }
  EXPECT_EQ(average.state()[0].first, "average.w");
}

TEST(WeightAverage, StandsInTheWeightsPlaceOnlyWhileItIsHeldThere) {
  auto weights = torch::full({1}, 3.0F);
  const Parts parameters = {{"w", weights}};
  WeightAverage average(parameters, 0.5);
  weights.fill_(7);
  {
    const AverageInPlace held(&average);
    EXPECT_EQ(weights.item<float>(), 3);
  }
  EXPECT_EQ(weights.item<float>(), 7);
  EXPECT_EQ(average.state()[0].second.item<float>(), 3);
  const AverageInPlace nothing(nullptr);
  EXPECT_EQ(weights.item<float>(), 7);
}

TEST(LastWeights, AreTheMeanOfTheWeightsAtTheLastValidations) {
  auto weights = torch::full({2}, 1.0F);
  const Parts parameters = {{"w", weights}};
  LastWeights last(parameters, 3);
  const auto mean = [&] {
    const AverageInPlace held(&last);
    return weights[1].item<double>();
  };
  EXPECT_EQ(mean(), 1) << "none before";
  for (const auto& [now, expected] : std::vector<std::pair<double, double>>{{2, 2}, {4, 3}, {9, 5}, {11, 8}}) {
    weights.fill_(now);
    last.update(1);
    EXPECT_EQ(mean(), expected) << "of the last three";
    last.validated();
    EXPECT_EQ(weights[0].item<double>(), now) << "training goes on from its own";
  }
  auto others = torch::full({2}, 1.0F);
  LastWeights again({{"w", others}}, 3);
  const auto from = last.state(), to = again.state();
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].first, to[i].first);
    to[i].second.copy_(from[i].second);
  }
  others.fill_(7);
  const AverageInPlace held(&again);
  EXPECT_EQ(others[0].item<double>(), 9) << "(9 + 11 + 7) / 3";
}

}  // namespace
}  // namespace zoo
