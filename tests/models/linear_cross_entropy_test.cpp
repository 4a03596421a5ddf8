#include "models/layers/linear_cross_entropy.h"

#include <ATen/Parallel.h>
#include <torch/nn/functional/loss.h>

#include <array>
#include <vector>

#include "batches/batch.h"
#include "models/layers/autocast.h"
#include "models/layers/bfloat16_rows.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

struct Case {
  Tensor hidden, weight, bias, target;
};

Case random_case(std::int64_t rows, std::int64_t width, std::int64_t vocabulary) {
  torch::manual_seed(2);
  Case c{torch::randn({rows, width}), torch::randn({vocabulary, width}), torch::randn({vocabulary}),
         torch::randint(0, vocabulary, {rows}, torch::kInt64)};
  c.target[rows / 2] = kIgnored;
  for (auto* tensor : {&c.hidden, &c.weight, &c.bias}) tensor->requires_grad_();
  return c;
}

/// LibTorch's own layers, in double precision.
Tensor reference(const Case& c) {
  const auto logits =
      torch::linear(c.hidden.to(torch::kDouble), c.weight.to(torch::kDouble), c.bias.to(torch::kDouble));
  return torch::nn::functional::cross_entropy(
      logits, c.target, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum).ignore_index(kIgnored));
}

void expect_same(Case ours, Case theirs) {
  const auto loss = linear_cross_entropy(ours.hidden, ours.weight, ours.bias, ours.target);
  const auto expected = reference(theirs);
  EXPECT_NEAR(loss.item<double>() / expected.item<double>(), 1, 1e-6);
  (loss * 0.5).backward();
  (expected * 0.5).backward();
  const auto compare = [](const Tensor& a, const Tensor& b, const char* name) {
    EXPECT_LT((a.grad() - b.grad()).abs().max().item<float>(), 5e-5 * (1 + b.grad().abs().max().item<float>())) << name;
  };
  compare(ours.hidden, theirs.hidden, "hidden");
  compare(ours.weight, theirs.weight, "weight");
  compare(ours.bias, theirs.bias, "bias");
}

void expect_same_loss_and_gradients(std::int64_t rows, std::int64_t width, std::int64_t vocabulary) {
  expect_same(random_case(rows, width, vocabulary), random_case(rows, width, vocabulary));
}

TEST(LinearCrossEntropy, AgreesWithDoublePrecisionInLossAndGradients) { expect_same_loss_and_gradients(37, 12, 101); }
TEST(LinearCrossEntropy, AgreesForAVocabularyOfOneVectorsWidth) { expect_same_loss_and_gradients(5, 3, 16); }
TEST(LinearCrossEntropy, AgreesForAVocabularyThatFillsTilesAndOneThatIsOneWordMore) {
  expect_same_loss_and_gradients(20, 7, 1024);
  expect_same_loss_and_gradients(20, 7, 1025);
}
TEST(LinearCrossEntropy, AgreesWhereRowsGoInSeveralChunks) { expect_same_loss_and_gradients(600, 10, 1500); }
TEST(LinearCrossEntropy, AgreesForWideLayers) { expect_same_loss_and_gradients(140, 300, 700); }
TEST(LinearCrossEntropy, AgreesForTwoRowsOneOfThemIgnored) { expect_same_loss_and_gradients(2, 4, 7); }
TEST(LinearCrossEntropy, AgreesForOneHundredThousandWords) { expect_same_loss_and_gradients(70, 20, 100'000); }
TEST(LinearCrossEntropy, AgreesWhereAVeryLargeVocabularyMakesTheChunksSmall) {
  expect_same_loss_and_gradients(40, 2, 1 << 20);
}

TEST(LinearCrossEntropy, UnderAutocastItIsTheSameButForTheRounding) {
  if (!has_bfloat16_products()) GTEST_SKIP() << "this processor does not multiply bfloat16";
  // An odd last tile, several chunks, an odd width (which is not rounded), features that are bfloat16 already.
  const std::vector<std::array<std::int64_t, 3>> sizes = {{37, 12, 101}, {600, 64, 1501}, {20, 7, 1025}, {3, 300, 700}};
  for (const auto& [rows, width, vocabulary] : sizes) {
    for (const bool half : {false, true}) {
      auto ours = random_case(rows, width, vocabulary), theirs = random_case(rows, width, vocabulary);
      const auto expected = reference(theirs);
      const auto loss = [&] {
        const Autocast autocast(true);
        const auto hidden = half ? ours.hidden.to(torch::kBFloat16) : ours.hidden;
        return linear_cross_entropy(hidden, ours.weight, ours.bias, ours.target);
      }();
      EXPECT_EQ(loss.scalar_type(), torch::kFloat);
      EXPECT_NEAR(loss.item<double>() / expected.item<double>(), 1, 0.005);
      loss.backward();
      expected.backward();
      const auto compare = [&](const Tensor& a, const Tensor& b, const char* name) {
        EXPECT_EQ(a.grad().scalar_type(), torch::kFloat);
        // Operands are off by 2⁻⁹ at most. Logits are sums of up to 300 products of random numbers, so a few hundredths
        // off, and so is each probability.
        EXPECT_LT(((a.grad() - b.grad()).norm() / b.grad().norm()).item<double>(), 0.05)
            << name << ", " << rows << " rows, width " << width << ", " << vocabulary << " words";
      };
      compare(ours.hidden, theirs.hidden, "hidden");
      compare(ours.weight, theirs.weight, "weight");
      compare(ours.bias, theirs.bias, "bias");
    }
  }
}

TEST(LinearCrossEntropy, AgreesForOneRow) {
  auto ours = random_case(1, 5, 300), theirs = random_case(1, 5, 300);
  for (auto* c : {&ours, &theirs}) c->target = torch::tensor({299}, torch::kInt64);
  expect_same(ours, theirs);
}

TEST(LinearCrossEntropy, AgreesWhereALaterLogitIsFarAboveAllBeforeIt) {
  const auto steep = [] {
    auto c = random_case(30, 6, 900);
    const torch::NoGradGuard no_gradient;
    // In each part of the words some stand far above those before: 100 e-folds, and again.
    for (const std::int64_t word : {130, 300, 700}) c.bias[word] += static_cast<double>(word);
    return c;
  };
  expect_same(steep(), steep());
}

TEST(LinearCrossEntropy, TakesTransposedAndStridedTensors) {
  const auto contiguous = random_case(40, 8, 210);
  Case views;
  {
    const torch::NoGradGuard no_gradient;
    views.hidden = torch::stack({contiguous.hidden, contiguous.hidden + 1}, 2).select(2, 0);
    views.weight = contiguous.weight.t().contiguous().t();
    views.bias = torch::stack({contiguous.bias, contiguous.bias}, 1).select(1, 0);
    views.target = torch::stack({contiguous.target, contiguous.target}, 1).select(1, 1);
  }
  for (auto* tensor : {&views.hidden, &views.weight, &views.bias}) tensor->requires_grad_();
  EXPECT_FALSE(views.hidden.is_contiguous() || views.weight.is_contiguous() || views.bias.is_contiguous());
  expect_same(views, contiguous);
}

TEST(LinearCrossEntropy, ABatchWithoutRowsCostsNothingAndHasNoGradient) {
  auto c = random_case(3, 4, 50);
  const auto none = c.hidden.narrow(0, 0, 0);
  const auto loss = linear_cross_entropy(none, c.weight, c.bias, c.target.narrow(0, 0, 0));
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
  EXPECT_EQ(c.weight.grad().abs().max().item<float>(), 0);
  EXPECT_EQ(linear_log_probability(none, c.weight, c.bias, c.target.narrow(0, 0, 0)).size(0), 0);
}

TEST(LinearCrossEntropy, RowsThatAreAllIgnoredGiveNoGradient) {
  auto c = random_case(9, 4, 50);
  c.target.fill_(kIgnored);
  const auto loss = linear_cross_entropy(c.hidden, c.weight, c.bias, c.target);
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
  for (const auto* tensor : {&c.hidden, &c.weight, &c.bias}) {
    EXPECT_EQ(tensor->grad().abs().max().item<float>(), 0);
  }
}

TEST(LinearCrossEntropy, IsTheSameToTheBitForAnyNumberOfThreads) {
  std::vector<Tensor> results;
  const auto before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    auto c = random_case(300, 9, 5000);
    const auto loss = linear_cross_entropy(c.hidden, c.weight, c.bias, c.target);
    loss.backward();
    results.push_back(
        torch::cat({loss.detach().view(1), c.hidden.grad().flatten(), c.weight.grad().flatten(), c.bias.grad()}));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(results[0], results[1]));
  EXPECT_TRUE(torch::equal(results[0], results[2]));
}

TEST(LinearCrossEntropy, LogProbabilitiesAreThoseOfTheWholeDistribution) {
  const auto c = random_case(9, 6, 50);
  const auto scores = linear_log_probability(c.hidden, c.weight, c.bias, c.target);
  const auto all = linear_log_softmax(c.hidden, c.weight, c.bias);
  for (std::int64_t i = 0; i < 9; ++i) {
    const auto target = c.target[i].item<std::int64_t>();
    EXPECT_NEAR(scores[i].item<double>(), target == kIgnored ? 0 : all[i][target].item<double>(), 1e-5);
  }
}

TEST(LinearCrossEntropy, HugeLogitsNeitherOverflowNorHideANaN) {
  const auto ones = torch::ones({1, 1});
  const auto weight = torch::tensor({1e4f, 0.0f, -1e4f}).view({3, 1});
  const auto target = torch::tensor({2}, torch::kInt64);
  EXPECT_NEAR(linear_log_probability(ones, weight, torch::zeros({3}), target).item<double>(), -2e4, 1e-1);
  auto bad = torch::tensor({0.0f, NAN, 1.0f}).view({3, 1}).requires_grad_();
  EXPECT_TRUE(std::isnan(linear_log_probability(ones, bad, torch::zeros({3}), target).item<double>()));
  EXPECT_TRUE(std::isnan(linear_cross_entropy(ones, bad, torch::zeros({3}), target).item<double>()));
}

TEST(LinearCrossEntropy, ATargetOutsideTheVocabularyIsAnError) {
  const auto c = random_case(3, 4, 50);
  for (const std::int64_t word : {50, -1}) {
    const auto target = torch::tensor({1, static_cast<int>(word), 2}, torch::kInt64);
    EXPECT_THAT(error_of([&] { linear_cross_entropy(c.hidden, c.weight, c.bias, target); }),
                testing::HasSubstr("outside the vocabulary of 50"));
  }
}

}  // namespace
}  // namespace zoo
