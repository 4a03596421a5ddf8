#include "models/layers/scalar_mix.h"

#include "tests/support/errors.h"

namespace zoo {
namespace {

using torch::Tensor;

TEST(ScalarMix, StartsAsTheMeanOfTheLayers) {
  ScalarMix mix(ScalarMixOptions{3});
  const auto layers = torch::randn({3, 2, 4, 5});
  EXPECT_TRUE(torch::allclose(mix(layers, Tensor()), layers.mean(0), 1e-5, 1e-6));
}

TEST(ScalarMix, WeighsLayersBySoftmaxAndScalesByGamma) {
  ScalarMix mix(ScalarMixOptions{2});
  {
    const torch::NoGradGuard no_gradient;
    mix->scalars.copy_(torch::tensor({std::log(3.0), 0.0}));
    mix->gamma.fill_(2);
  }
  const auto layers = torch::randn({2, 1, 3, 4});
  EXPECT_TRUE(torch::allclose(mix(layers, Tensor()), 2 * (0.75 * layers[0] + 0.25 * layers[1]), 1e-5, 1e-6));
  mix(layers, Tensor()).sum().backward();
  EXPECT_GT(mix->scalars.grad().abs().max().item<double>(), 0);
  EXPECT_GT(mix->gamma.grad().abs().item<double>(), 0);
}

TEST(ScalarMix, LayerNormIsOverAllWordsThatCountAndAllNumbers) {
  ScalarMix mix(ScalarMixOptions{2, true});
  const auto layers = torch::randn({2, 2, 3, 4}) * 5 + 1;
  const auto lengths = torch::tensor({3, 1}, torch::kInt64);
  Tensor expected = torch::zeros({2, 3, 4});
  for (std::int64_t l = 0; l < 2; ++l) {
    const auto there = torch::cat({layers[l][0].flatten(), layers[l][1][0]}).to(torch::kDouble);  // 16 numbers
    const auto mean = there.mean().item<double>(), deviation = there.std(false).item<double>();
    expected += 0.5 * (layers[l] - mean) / deviation;
  }
  const auto mixed = mix(layers, lengths);
  EXPECT_TRUE(torch::allclose(mixed[0], expected[0], 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(mixed[1][0], expected[1][0], 1e-4, 1e-5));
}

TEST(ScalarMix, SeveralMixesOfTheSameLayersAreThoseOfEachAlone) {
  ScalarMix mixes[] = {ScalarMix(ScalarMixOptions{3, true}), ScalarMix(ScalarMixOptions{3}),
                       ScalarMix(ScalarMixOptions{3, true})};
  for (auto& mix : mixes) {
    const torch::NoGradGuard no_gradient;
    mix->scalars.normal_();
    mix->gamma.uniform_(0.5, 2);
  }
  const auto layers = torch::randn({3, 2, 4, 5}) * 3 + 1;
  const auto lengths = torch::tensor({4, 2}, torch::kInt64);
  const auto mixed = mix_all(mixes, layers, lengths);
  ASSERT_EQ(mixed.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(mixes[i](layers, lengths), mixed[i])) << i;
  mixed[0].sum().backward();
  EXPECT_TRUE(mixes[0]->scalars.grad().defined());
  EXPECT_FALSE(mixes[2]->scalars.grad().defined()) << "each learns from its own place";
}

TEST(ScalarMix, RefusesAnotherNumberOfLayers) {
  ScalarMix mix(ScalarMixOptions{3});
  EXPECT_THAT(error_of([&] { mix(torch::zeros({2, 1, 1, 1}), Tensor()); }), testing::HasSubstr("3 layers got 2"));
}

}  // namespace
}  // namespace zoo
