// The fused LSTM in float32 against the same written with operators in float64.
#include "models/layers/fused_lstm.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>

#include <limits>

#include "models/layers/bfloat16_rows.h"

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

/// Rows of our gates i, j, f, o in the order i, f, j, o of PyTorch.
Tensor pytorch_rows(const Tensor& x) {
  const auto gates = x.chunk(4);
  return torch::cat({gates[0], gates[2], gates[1], gates[3]});
}

TEST(FusedLstm, IsPyTorchsLstmWithProjectionAndOneAddedToTheForgetBias) {
  const Shape s{7, 5, 20, 48, 24};
  const auto given = random_inputs(s);
  torch::nn::LSTM peer(torch::nn::LSTMOptions(s.inputs, s.cells).proj_size(s.projection));
  {
    const torch::NoGradGuard no_gradient;
    auto bias = given[2].clone();
    bias.narrow(0, 2 * s.cells, s.cells).add_(1);
    auto parameters = peer->named_parameters();
    parameters["weight_ih_l0"].copy_(pytorch_rows(given[1].narrow(1, 0, s.inputs)));
    parameters["weight_hh_l0"].copy_(pytorch_rows(given[1].narrow(1, s.inputs, s.projection)));
    parameters["bias_ih_l0"].copy_(pytorch_rows(bias));
    parameters["bias_hh_l0"].zero_();
    parameters["weight_hr_l0"].copy_(given[3]);
  }
  std::vector<Tensor> ours;
  for (const auto& tensor : given) ours.push_back(tensor.clone().requires_grad_());
  const auto x = given[0].clone().requires_grad_();
  LstmState state{ours[4], ours[5]};
  const auto output = fused_lstm(ours[0], {ours[1], ours[2], ours[3]}, {}, {}, state);
  const auto [expected, last] = peer->forward(x, std::make_tuple(given[4].unsqueeze(0), given[5].unsqueeze(0)));
  const auto close = [](const Tensor& a, const Tensor& b) {
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_LT((a - b).abs().max().item<double>(), 2e-5 * std::max(1.0, b.abs().max().item<double>()));
  };
  close(output, expected);
  close(state.hidden, std::get<0>(last)[0]);
  close(state.cell, std::get<1>(last)[0]);
  const auto pull = torch::randn_like(expected);
  (output * pull).sum().backward();
  (expected * pull).sum().backward();
  auto parameters = peer->named_parameters();
  close(ours[0].grad(), x.grad());
  close(pytorch_rows(ours[1].grad().narrow(1, 0, s.inputs)), parameters["weight_ih_l0"].grad());
  close(pytorch_rows(ours[1].grad().narrow(1, s.inputs, s.projection)), parameters["weight_hh_l0"].grad());
  close(pytorch_rows(ours[2].grad()), parameters["bias_ih_l0"].grad());
  close(ours[3].grad(), parameters["weight_hr_l0"].grad());
}

/// CPU autocast to bfloat16 while it lives.
class Bfloat16 {
 public:
  Bfloat16() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Bfloat16() {
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::clear_cache();
  }
};

TEST(FusedLstm, InBfloat16ItIsTheSameButForTheRounding) {
  if (!has_bfloat16_products()) GTEST_SKIP() << "this processor does not multiply bfloat16";
  EXPECT_FALSE(fused_lstm_rounds());
  for (const Case& one : {Case{{6, 4, 5, 7, 3}, {}, {}}, Case{{9, 33, 48, 96, 80}, {3, 3}, {}},
                          Case{{7, 5, 10, 36, 11}, {0.5, 0.4}, torch::tensor({7, 0, 3, 7, 1}, torch::kInt64)},
                          Case{{40, 17, 24, 64, 24}, {3, 3}, {}}, Case{{1, 1, 1, 1, 1}, {}, {}}}) {
    SCOPED_TRACE(one.shape.cells);
    const auto given = random_inputs(one.shape);
    const auto exact = run(given, one, torch::kDouble), single = run(given, one, torch::kFloat);
    const Bfloat16 autocast;
    ASSERT_TRUE(fused_lstm_rounds());
    const auto rounded = run(given, one, torch::kFloat);
    const std::vector<std::string> names = {"output", "last h", "last c", "x", "W", "b", "P", "h", "c"};
    for (std::size_t i = 0; i < exact.size(); ++i) {
      ASSERT_EQ(rounded[i].scalar_type(), torch::kFloat) << names[i];
      const auto apart = (rounded[i].to(torch::kDouble) - exact[i]).norm().item<double>();
      EXPECT_LE(apart, 0.02 * exact[i].norm().item<double>() + 1e-6) << names[i];
    }
    EXPECT_FALSE(rounded[0].equal(single[0])) << "nothing was rounded";
    const torch::NoGradGuard no_gradient;
    EXPECT_TRUE(run(given, one, torch::kFloat, false)[0].equal(rounded[0])) << "with and without gradients";
  }
}

TEST(Bfloat16Rows, AreRoundedAsPyTorchRounds) {
  auto x = torch::randn({3, 37}) * torch::pow(10.0, torch::randint(-30, 30, {3, 37}).to(torch::kFloat));
  x[0][0] = std::numeric_limits<float>::infinity();
  x[0][1] = -std::numeric_limits<float>::infinity();
  x[0][2] = 0;
  x[1][0] = 1.00390625F;  // ties, to even: down and up
  x[1][1] = 1.01171875F;
  const auto expected = x.to(torch::kBFloat16);
  auto made = torch::empty_like(expected), both = torch::empty({37, 2}, torch::kBFloat16);
  const auto halves = [](Tensor& t) { return reinterpret_cast<std::uint16_t*>(t.data_ptr<at::BFloat16>()); };
  for (const std::int64_t count : {37, 32, 5, 1}) {
    made.zero_();
    to_bfloat16(x.const_data_ptr<float>(), count, halves(made));
    EXPECT_TRUE(made[0].narrow(0, 0, count).equal(expected[0].narrow(0, 0, count))) << count;
    EXPECT_EQ(made[0].narrow(0, count, 37 - count).count_nonzero().item<std::int64_t>(), 0) << "behind the row";
  }
  to_bfloat16_pairs(x.const_data_ptr<float>(), x.const_data_ptr<float>() + 37, 37, halves(both));
  EXPECT_TRUE(both.select(1, 0).equal(expected[0]));
  EXPECT_TRUE(both.select(1, 1).equal(expected[1]));
  auto nan = torch::full({1}, std::numeric_limits<float>::quiet_NaN()), half = torch::empty({1}, torch::kBFloat16);
  to_bfloat16(nan.const_data_ptr<float>(), 1, halves(half));
  EXPECT_TRUE(half.isnan().all().item<bool>());
}

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
