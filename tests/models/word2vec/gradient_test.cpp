#include <gtest/gtest.h>
#include <torch/optim/sgd.h>

#include "models/word2vec/gradient.h"
#include "models/word2vec/kernels/kernel.h"
#include "models/word2vec/word2vec.h"
#include "tests/support/errors.h"

namespace zoo::word2vec {
namespace {

/// Two words, of which the second is drawn as noise all but once in 10^9 times.
std::unique_ptr<Model> two_words(const std::string& architecture) {
  VocabularyFacts facts;
  facts.size = 7;
  facts.counts = {0, 0, 0, 0, 0, 1, 1000000000000};
  return kind().create(
      {{"architecture", architecture}, {"trainer", "gradient"}, {"negative", 1}, {"dim", 10}, {"window", 2}}, facts);
}

Batch one_pair(TokenId neighbour, TokenId word) {
  Batch batch;
  batch.input = torch::full({1, 4}, std::int64_t{kPad});
  batch.input[0][0] = neighbour;
  batch.target = torch::full({1}, std::int64_t{word});
  batch.lengths = torch::ones({1}, torch::kInt64);
  return batch;
}

class EachArchitecture : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Gradient, EachArchitecture, testing::Values("skip-gram", "cbow"),
                         [](const auto& instance) { return instance.param == "cbow" ? "cbow" : "skip_gram"; });

TEST_P(EachArchitecture, OneStepOnOnePairIsOneHandWrittenUpdate) {
  const auto model = two_words(GetParam());
  Weights by_hand(7, 10);
  {
    const torch::NoGradGuard no_gradient;
    torch::manual_seed(1);
    for (std::size_t i = 0; i < 2; ++i) model->parts()[i].second.uniform_(-0.5, 0.5);
    by_hand.input.copy_(model->parts()[0].second);
    by_hand.output.copy_(model->parts()[1].second);
  }
  constexpr float kRate = 0.1F;
  auto* gradient = model->differentiable();
  ASSERT_NE(gradient, nullptr);
  torch::optim::SGD optimizer(gradient->module().parameters(), kRate);
  State state;
  const auto loss = gradient->loss(one_pair(6, 5), state);
  EXPECT_EQ(loss.count, 1);
  EXPECT_EQ(loss.unit, Unit::pair);
  loss.sum.backward();
  optimizer.step();

  Work work(by_hand.stride());
  work.rate = kRate;
  float* inputs[] = {by_hand.input_rows() + 6 * by_hand.stride()};
  float* outputs[] = {by_hand.output_rows() + 5 * by_hand.stride(), by_hand.output_rows() + 6 * by_hand.stride()};
  const float labels[] = {1, 0};
  const auto& updates = fastest_kernel().floats;
  (GetParam() == "cbow" ? updates.bag_in_turn : updates.pairs_in_turn)(work, inputs, 1, outputs, labels, 2);

  EXPECT_TRUE(torch::allclose(model->parts()[0].second, by_hand.input, 0, 1e-6));
  EXPECT_TRUE(torch::allclose(model->parts()[1].second, by_hand.output, 0, 1e-6));
  EXPECT_NEAR(loss.sum.item<double>(), work.loss(), 1e-5);
}

TEST_P(EachArchitecture, NoiseEqualToTheWordIsDropped) {
  const auto model = two_words(GetParam());
  State state;
  const auto loss = model->differentiable()->loss(one_pair(5, 6), state);
  EXPECT_NEAR(loss.sum.item<double>(), std::log(2.0), 1e-6);
}

TEST_P(EachArchitecture, SpecialTokensAreNeitherWordNorNeighbour) {
  const auto model = two_words(GetParam());
  State state;
  EXPECT_EQ(model->differentiable()->loss(one_pair(kUnknown, 5), state).count, 0);
  EXPECT_EQ(model->differentiable()->loss(one_pair(5, kUnknown), state).count, 0);
}

TEST(Gradient, IsTheOnlyTrainerWhereItIsChosenAndAbsentElsewhere) {
  VocabularyFacts facts;
  facts.size = 9;
  const auto by_hand = kind().create(Json::object(), facts),
             by_gradient = kind().create({{"trainer", "gradient"}}, facts);
  EXPECT_EQ(by_hand->differentiable(), nullptr);
  EXPECT_NE(by_hand->self_trained(), nullptr);
  EXPECT_NE(by_gradient->differentiable(), nullptr);
  EXPECT_EQ(by_gradient->self_trained(), nullptr);
  EXPECT_THAT(error_of([&] {
                kind().create({{"trainer", "gradient"}, {"objective", "hierarchical-softmax"}}, facts);
              }),
              testing::HasSubstr("model.objective"));
}

}  // namespace
}  // namespace zoo::word2vec
