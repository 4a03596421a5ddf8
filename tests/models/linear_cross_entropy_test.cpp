#include "models/layers/linear_cross_entropy.h"
#include <torch/nn/functional/loss.h>

#include "batches/batch.h"
#include "models/layers/softmax_rows.h"
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

void expect_same_loss_and_gradients(std::int64_t rows, std::int64_t width, std::int64_t vocabulary) {
  auto ours = random_case(rows, width, vocabulary), theirs = random_case(rows, width, vocabulary);
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

TEST(LinearCrossEntropy, AgreesWithLibTorchInLossAndGradients) { expect_same_loss_and_gradients(37, 12, 101); }
TEST(LinearCrossEntropy, AgreesWithLibTorchForAVocabularyOfOneVectorsWidth) {
  expect_same_loss_and_gradients(5, 3, 16);
}
TEST(LinearCrossEntropy, AgreesWithLibTorchWhereRowsGoInSeveralChunks) {
  expect_same_loss_and_gradients(18, 2, 1 << 20);
}
TEST(LinearCrossEntropy, AgreesWithLibTorchForOneRow) { expect_same_loss_and_gradients(2, 4, 7); }

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
  auto logits = torch::tensor({{1e4f, 0.0f, -1e4f}});
  const auto target = torch::tensor({2}, torch::kInt64);
  EXPECT_NEAR(target_log_probabilities(logits, target).item<double>(), -2e4, 1e-1);
  auto bad = torch::tensor({{0.0f, NAN, 1.0f}});
  EXPECT_TRUE(std::isnan(softmax_minus_onehot_(bad, target)));
}

TEST(LinearCrossEntropy, ATargetOutsideTheVocabularyIsAnError) {
  auto logits = torch::zeros({1, 3});
  EXPECT_THAT(error_of([&] { target_log_probabilities(logits, torch::tensor({3}, torch::kInt64)); }),
              testing::HasSubstr("outside the vocabulary"));
}

}  // namespace
}  // namespace zoo
