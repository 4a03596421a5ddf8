// The fused LSTM in float32 against the same written with operators in float64.
#include "models/layers/fused_lstm.h"

#include <gtest/gtest.h>

namespace zoo {
namespace {

using torch::Tensor;

struct Shape {
  std::int64_t steps, rows, inputs, cells, projection;
};

struct Case {
  Shape shape;
  LstmClips clips;
  Tensor lengths;
};

/// Inputs of a run, in the order x, W, b, P, h, c.
std::vector<Tensor> random_inputs(const Shape& s) {
  torch::manual_seed(5);
  return {torch::randn({s.steps, s.rows, s.inputs}),
          torch::randn({4 * s.cells, s.inputs + s.projection}) / std::sqrt(double(s.inputs + s.projection)),
          torch::randn({4 * s.cells}) * 0.3,
          torch::randn({s.projection, s.cells}) / std::sqrt(double(s.cells)) * 2,
          torch::randn({s.rows, s.projection}) * 0.5,
          torch::randn({s.rows, s.cells}) * 0.5};
}

/// Output, last h, last c, and the gradients of all inputs.
std::vector<Tensor> run(const std::vector<Tensor>& given, const Case& one, at::ScalarType type, bool gradient = true) {
  std::vector<Tensor> inputs;
  for (const auto& tensor : given) inputs.push_back(tensor.detach().to(type).clone().requires_grad_(gradient));
  LstmState state{inputs[4], inputs[5]};
  const auto output = projected_lstm(inputs[0], {inputs[1], inputs[2], inputs[3]}, one.clips, one.lengths, state);
  std::vector<Tensor> all = {output.detach(), state.hidden.detach(), state.cell.detach()};
  if (!gradient) return all;
  torch::manual_seed(6);
  const auto pull = [&](const Tensor& x) { return (x * torch::randn(x.sizes(), torch::kFloat).to(type)).sum(); };
  (pull(output) + pull(state.hidden) + pull(state.cell)).backward();
  for (const auto& input : inputs) all.push_back(input.grad());
  return all;
}

void expect_the_same(const Case& one) {
  const auto given = random_inputs(one.shape);
  const auto fused = run(given, one, torch::kFloat), exact = run(given, one, torch::kDouble);
  const std::vector<std::string> names = {"output", "last h", "last c", "x", "W", "b", "P", "h", "c"};
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(fused[i].sizes(), exact[i].sizes()) << names[i];
    const auto scale = std::max(1.0, exact[i].abs().max().item<double>());
    EXPECT_LT((fused[i].to(torch::kDouble) - exact[i]).abs().max().item<double>(), 4e-6 * scale) << names[i];
  }
  const torch::NoGradGuard no_gradient;
  const auto forward = run(given, one, torch::kFloat, false);
  for (std::size_t i = 0; i < forward.size(); ++i) EXPECT_TRUE(forward[i].equal(fused[i])) << names[i];
}

TEST(FusedLstm, GivesValuesAndGradientsOfTheOperatorsForOddAndEvenSizes) {
  for (const Shape& shape : {Shape{6, 4, 5, 7, 3}, Shape{1, 1, 1, 1, 1}, Shape{3, 2, 16, 32, 16},
                             Shape{5, 9, 20, 70, 33}, Shape{9, 33, 48, 96, 80}}) {
    SCOPED_TRACE(shape.cells);
    expect_the_same({shape, {}, {}});
  }
}

TEST(FusedLstm, PassesNoGradientThroughWhatIsClipped) {
  expect_the_same({{6, 8, 12, 40, 10}, {0.4, 0.3}, {}});
  expect_the_same({{6, 8, 12, 40, 10}, {0, 0.3}, {}});
  expect_the_same({{6, 8, 12, 40, 10}, {0.4, 0}, {}});
}

TEST(FusedLstm, KeepsTheStateOfRowsThatHaveEnded) {
  const auto lengths = torch::tensor({7, 0, 3, 7, 1}, torch::kInt64);
  expect_the_same({{7, 5, 10, 36, 12}, {0.5, 0.4}, lengths});
  const auto given = random_inputs({7, 5, 10, 36, 12});
  const auto made = run(given, {{7, 5, 10, 36, 12}, {}, lengths}, torch::kFloat);
  EXPECT_TRUE(made[1][1].equal(given[4][1])) << "h of a row without steps";
  EXPECT_EQ(made[0].narrow(0, 3, 4).select(1, 2).abs().max().item<float>(), 0) << "output behind a row's end";
}

TEST(FusedLstm, AddsUpOverManyStepsAsTheOperatorsDo) { expect_the_same({{40, 17, 24, 64, 24}, {3, 3}, {}}); }

TEST(FusedLstm, DoesNotDependOnTheNumberOfThreads) {
  const Case one{{8, 12, 40, 160, 72}, {1, 1}, {}};
  const auto given = random_inputs(one.shape);
  const auto before = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = run(given, one, torch::kFloat);
  at::set_num_threads(2);
  const auto together = run(given, one, torch::kFloat);
  at::set_num_threads(before);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(alone[i].equal(together[i])) << i;
}

TEST(FusedLstm, RefusesASecondGradient) {
  const auto given = random_inputs({2, 2, 3, 4, 3});
  auto x = given[0].clone().requires_grad_();
  LstmState state{given[4], given[5]};
  const auto output = fused_lstm(x, {given[1], given[2], given[3]}, {}, {}, state).sum();
  output.backward({}, true);
  EXPECT_THROW(output.backward(), std::exception);
}

TEST(FusedLstm, TakesFloatsAlone) {
  const auto given = random_inputs({2, 2, 3, 4, 3});
  const ProjectedLstmWeights weights{given[1], given[2], given[3]};
  EXPECT_TRUE(fused_lstm_serves(given[0], weights));
  EXPECT_FALSE(fused_lstm_serves(given[0].to(torch::kDouble), weights));
}

}  // namespace
}  // namespace zoo
