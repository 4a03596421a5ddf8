#include "training/weight_average.h"

#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace zoo
