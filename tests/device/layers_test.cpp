// Layers that are computed in another way than on the CPU: by operators, for our own kernels read memory.
#include "models/layers/linear_cross_entropy.h"
#include "models/layers/max_convolution.h"
#include "models/layers/projected_lstm.h"
#include "models/layers/scalar_mix.h"
#include "models/tagger/tagger.h"
#include "tests/device/device.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

class LayerThere : public testing::Test {
 protected:
  void SetUp() override {
    ZOO_NEED_DEVICE();
    torch::manual_seed(3);
  }
  /// The same numbers on the device, with a gradient of its own.
  static Tensor there(const Tensor& x) {
    return x.detach().to(the_device()).requires_grad_(x.is_floating_point() && x.requires_grad());
  }
  static Tensor with_gradient(at::IntArrayRef sizes) { return torch::randn(sizes).requires_grad_(); }
};

TEST_F(LayerThere, TheCrossEntropyAndItsGradientsAreTheSame) {
  const auto hidden = with_gradient({9, 6}), weight = with_gradient({50, 6}), bias = with_gradient({50});
  const std::vector<std::int64_t> words = {3, 49, kIgnored, 0, 7, 7, kIgnored, 21, 30};
  const auto target = torch::tensor(words);
  const auto hidden_there = there(hidden), weight_there = there(weight), bias_there = there(bias);
  const auto sum = linear_cross_entropy(hidden, weight, bias, target);
  const auto sum_there = linear_cross_entropy(hidden_there, weight_there, bias_there, there(target));
  expect_near(sum, sum_there, "sum");
  (sum / 3).backward();
  (sum_there / 3).backward();
  expect_near(hidden.grad(), hidden_there.grad(), "of hidden");
  expect_near(weight.grad(), weight_there.grad(), "of weight");
  expect_near(bias.grad(), bias_there.grad(), "of bias");
  expect_near(linear_log_probability(hidden, weight, bias, target),
              linear_log_probability(hidden_there, weight_there, bias_there, there(target)), "log p");
  const torch::NoGradGuard no_gradient;
  expect_near(sum, linear_cross_entropy(hidden_there, weight_there, bias_there, there(target)), "without gradient");
  expect_near(linear_log_softmax(hidden, weight, bias), linear_log_softmax(hidden_there, weight_there, bias_there),
              "all");
}

TEST_F(LayerThere, ATargetThatIsNoWordIsRefusedAndNoRowsAreNoLoss) {
  const auto hidden = there(with_gradient({2, 6})), weight = there(with_gradient({5, 6})),
             bias = there(torch::zeros({5}));
  for (const std::int64_t word : {5, -1}) {
    EXPECT_THROW(linear_cross_entropy(hidden, weight, bias, there(torch::tensor({std::int64_t{1}, word}))), Error);
  }
  const auto none = torch::zeros({0}, torch::TensorOptions(torch::kInt64).device(the_device()));
  const auto sum = linear_cross_entropy(hidden.narrow(0, 0, 0), weight, bias, none);
  EXPECT_EQ(sum.item<float>(), 0);
  sum.backward();
  EXPECT_EQ(linear_log_probability(hidden.narrow(0, 0, 0), weight, bias, none).size(0), 0);
}

TEST_F(LayerThere, AnLstmIsTheSameWithLengthsAndClips) {
  const LstmClips clips{1, 0.5};
  const auto x = with_gradient({5, 3, 4}), lengths = torch::tensor({5, 2, 0});
  const ProjectedLstmWeights here{with_gradient({4 * 6, 4 + 2}), with_gradient({4 * 6}), with_gradient({2, 6})};
  const auto x_there = there(x);
  const ProjectedLstmWeights away{there(here.weight), there(here.bias), there(here.projection)};
  LstmState state{torch::randn({3, 2}), torch::randn({3, 6})};
  LstmState state_there{there(state.hidden), there(state.cell)};
  const auto made = projected_lstm(x, here, clips, lengths, state);
  const auto made_there = projected_lstm(x_there, away, clips, lengths, state_there);
  expect_near(made, made_there, "h");
  expect_near(state.cell, state_there.cell, "c");
  made.square().sum().backward();
  made_there.square().sum().backward();
  expect_near(x.grad(), x_there.grad(), "of x");
  expect_near(here.weight.grad(), away.weight.grad(), "of W");
  expect_near(here.projection.grad(), away.projection.grad(), "of P");
  expect_near(reverse_steps(x, lengths), reverse_steps(x_there, lengths), "reversed");
}

TEST_F(LayerThere, FiltersAreTheSame) {
  const auto x = with_gradient({4, 9, 3}), weight = with_gradient({5, 2, 3}), bias = with_gradient({5});
  const auto x_there = there(x), weight_there = there(weight), bias_there = there(bias);
  const auto made = max_convolution(x, weight, bias), made_there = max_convolution(x_there, weight_there, bias_there);
  expect_near(made, made_there, "best");
  made.square().sum().backward();
  made_there.square().sum().backward();
  expect_near(x.grad(), x_there.grad(), "of x");
  expect_near(weight.grad(), weight_there.grad(), "of the filters");
}

TEST_F(LayerThere, AMixWithLayerNormIsTheSame) {
  ScalarMix here(ScalarMixOptions{3, true}), away(ScalarMixOptions{3, true});
  away->to(the_device());
  const auto layers = torch::randn({3, 2, 5, 4}), lengths = torch::tensor({5, 2});
  expect_near(here(layers, lengths), away(layers.to(the_device()), lengths), "mix");
}

/// A tagger of every part that there is.
std::unique_ptr<Model> make_tagger() {
  auto model = tagger::kind().create(Json{{"lstm", 5},
                                          {"hidden_size", 7},
                                          {"dropout", 0.0},
                                          {"mix_norm", true},
                                          {"mix_output", true},
                                          {"width", 6},
                                          {"layers", 3},
                                          {"tags", {"a", "b", "c"}}},
                                     VocabularyFacts{});
  model->initialise(5);
  return model;
}

TEST_F(LayerThere, ATaggerGivesTheSameScoresAndGradients) {
  const auto here = make_tagger(), away = make_tagger();
  ASSERT_TRUE(away->to(the_device()));
  const auto vectors = torch::randn({9, 3, 6}), lengths = torch::tensor({4, 0, 5});
  auto &one = dynamic_cast<tagger::Tagger&>(*here), &other = dynamic_cast<tagger::Tagger&>(*away);
  const auto scores = one.tag_scores(vectors, lengths), scores_there = other.tag_scores(vectors, lengths);
  EXPECT_TRUE(scores_there.is_cpu());
  expect_near(scores, scores_there, "scores");
  one.network()(vectors, lengths).square().sum().backward();
  other.network()(vectors, lengths).square().sum().backward();
  const auto parameters = other.network()->named_parameters();
  for (const auto& parameter : one.network()->named_parameters()) {
    expect_near(parameter->grad(), parameters[parameter.key()].grad(), parameter.key(), 1e-3);
  }
}

}  // namespace
}  // namespace zoo
