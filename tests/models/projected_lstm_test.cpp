#include "models/layers/projected_lstm.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kInput = 5, kCell = 7, kProjection = 3, kSteps = 6, kRows = 4;

ProjectedLstmWeights random_weights(at::ScalarType type, double size = 0.5) {
  torch::manual_seed(3);
  const auto numbers = [&](at::IntArrayRef shape) { return (torch::randn(shape, type) * size).requires_grad_(); };
  return {numbers({4 * kCell, kInput + kProjection}), numbers({4 * kCell}), numbers({kProjection, kCell})};
}

LstmState random_state(at::ScalarType type) {
  return {torch::randn({kRows, kProjection}, type) * 0.5, torch::randn({kRows, kCell}, type) * 0.5};
}

void expect_close(const Tensor& a, const Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LT((a - b).abs().max().item<double>(), tolerance);
}

/// Rows of our gates i, j, f, o in the order i, f, j, o of PyTorch.
Tensor pytorch_rows(const Tensor& x) {
  const auto gates = x.chunk(4);
  return torch::cat({gates[0], gates[2], gates[1], gates[3]});
}

TEST(ProjectedLstm, WithoutClipsItIsPyTorchsWithOneAddedToTheForgetBias) {
  const auto weights = random_weights(torch::kDouble);
  torch::nn::LSTM peer(torch::nn::LSTMOptions(kInput, kCell).proj_size(kProjection));
  peer->to(torch::kDouble);
  {
    const torch::NoGradGuard no_gradient;
    auto bias = weights.bias.clone();
    bias.narrow(0, 2 * kCell, kCell).add_(1);
    auto parameters = peer->named_parameters();
    parameters["weight_ih_l0"].copy_(pytorch_rows(weights.weight.narrow(1, 0, kInput)));
    parameters["weight_hh_l0"].copy_(pytorch_rows(weights.weight.narrow(1, kInput, kProjection)));
    parameters["bias_ih_l0"].copy_(pytorch_rows(bias));
    parameters["bias_hh_l0"].zero_();
    parameters["weight_hr_l0"].copy_(weights.projection);
  }
  const auto x = torch::randn({kSteps, kRows, kInput}, torch::kDouble).requires_grad_();
  const auto x_of_peer = x.detach().clone().requires_grad_();
  auto state = random_state(torch::kDouble);
  const auto [expected, last] =
      peer->forward(x_of_peer, std::make_tuple(state.hidden.unsqueeze(0), state.cell.unsqueeze(0)));
  const auto outputs = projected_lstm(x, weights, {}, {}, state);
  expect_close(outputs, expected, 1e-12);
  expect_close(state.hidden, std::get<0>(last)[0], 1e-12);
  expect_close(state.cell, std::get<1>(last)[0], 1e-12);

  const auto pull = torch::randn_like(outputs), pull_cell = torch::randn_like(state.cell);
  ((outputs * pull).sum() + (state.cell * pull_cell).sum()).backward();
  ((expected * pull).sum() + (std::get<1>(last)[0] * pull_cell).sum()).backward();
  auto parameters = peer->named_parameters();
  expect_close(x.grad(), x_of_peer.grad(), 1e-11);
  expect_close(pytorch_rows(weights.weight.grad().narrow(1, 0, kInput)), parameters["weight_ih_l0"].grad(), 1e-11);
  expect_close(pytorch_rows(weights.weight.grad().narrow(1, kInput, kProjection)), parameters["weight_hh_l0"].grad(),
               1e-11);
  expect_close(pytorch_rows(weights.bias.grad()), parameters["bias_ih_l0"].grad(), 1e-11);
  expect_close(weights.projection.grad(), parameters["weight_hr_l0"].grad(), 1e-11);
}

TEST(ProjectedLstm, GradientsAreDifferenceQuotientsWithClipsAndLengths) {
  const auto weights = random_weights(torch::kDouble, 0.9);
  const LstmClips clips{0.6, 0.4};
  const auto x = torch::randn({kSteps, kRows, kInput}, torch::kDouble).requires_grad_();
  auto start = random_state(torch::kDouble);
  start.hidden.requires_grad_();
  start.cell.requires_grad_();
  const auto lengths = torch::tensor({6, 2, 0, 5}, torch::kInt64);
  const auto pull = torch::randn({kSteps, kRows, kProjection}, torch::kDouble);
  const auto value = [&] {
    auto state = start;
    const auto outputs = projected_lstm(x, weights, clips, lengths, state);
    return (outputs * pull).sum() + state.hidden.sum() + state.cell.square().sum();
  };
  value().backward();
  int clipped = 0;
  for (const auto& leaf : {x, start.hidden, start.cell, weights.weight, weights.bias, weights.projection}) {
    const auto gradient = leaf.grad().flatten();
    auto numbers = leaf.detach().flatten();  // shares memory
    for (std::int64_t i = 0; i < numbers.numel(); ++i) {
      const torch::NoGradGuard no_gradient;
      constexpr double kStep = 1e-6;
      const auto before = numbers[i].item<double>();
      numbers[i] = before + kStep;
      const auto above = value().item<double>();
      numbers[i] = before - kStep;
      const auto below = value().item<double>();
      numbers[i] = before;
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * kStep), 1e-6);
      clipped += gradient[i].item<double>() == 0;
    }
  }
  EXPECT_GT(clipped, 0);
}

TEST(ProjectedLstm, CellAndOutputStayWithinTheirClips) {
  const auto weights = random_weights(torch::kFloat, 5);
  auto state = random_state(torch::kFloat);
  const auto outputs = projected_lstm(torch::randn({kSteps, kRows, kInput}), weights, {0.25, 0.125}, {}, state);
  EXPECT_EQ(outputs.abs().max().item<float>(), 0.125F);
  EXPECT_EQ(state.cell.abs().max().item<float>(), 0.25F);
}

TEST(ProjectedLstm, ARowEndsAtItsLengthAndItsStateStays) {
  const auto weights = random_weights(torch::kFloat);
  const auto x = torch::randn({kSteps, kRows, kInput});
  const auto start = random_state(torch::kFloat);
  auto state = start;
  const auto lengths = torch::tensor({6, 2, 0, 5}, torch::kInt64);
  const auto outputs = projected_lstm(x, weights, {3, 3}, lengths, state);
  for (std::int64_t row = 0; row < kRows; ++row) {
    const auto length = lengths[row].item<std::int64_t>();
    LstmState alone{start.hidden.narrow(0, row, 1), start.cell.narrow(0, row, 1)};
    const auto expected = projected_lstm(x.narrow(0, 0, length).narrow(1, row, 1), weights, {3, 3}, {}, alone);
    if (length > 0) expect_close(outputs.narrow(0, 0, length).narrow(1, row, 1), expected, 1e-6);
    EXPECT_EQ(outputs.narrow(0, length, kSteps - length).select(1, row).abs().sum().item<float>(), 0);
    expect_close(state.hidden.narrow(0, row, 1), alone.hidden, 1e-6);
    expect_close(state.cell.narrow(0, row, 1), alone.cell, 1e-6);
  }
}

TEST(ProjectedLstm, TwoHalvesWithTheStatePassedOnAreOneWhole) {
  const auto weights = random_weights(torch::kFloat);
  const auto x = torch::randn({kSteps, kRows, kInput});
  auto whole = random_state(torch::kFloat), halves = whole;
  const auto expected = projected_lstm(x, weights, {3, 3}, {}, whole);
  const auto first = projected_lstm(x.narrow(0, 0, 2), weights, {3, 3}, {}, halves);
  const auto second = projected_lstm(x.narrow(0, 2, kSteps - 2), weights, {3, 3}, {}, halves);
  expect_close(torch::cat({first, second}), expected, 1e-6);
  expect_close(halves.hidden, whole.hidden, 1e-6);
  expect_close(halves.cell, whole.cell, 1e-6);
}

TEST(ReverseSteps, TurnsEachRowWithinItsLength) {
  const auto x = torch::arange(8, torch::kFloat).view({4, 2, 1});  // rows 0 2 4 6 and 1 3 5 7
  const auto reversed = reverse_steps(x, torch::tensor({4, 2}, torch::kInt64));
  EXPECT_TRUE(torch::equal(reversed.flatten(), torch::tensor({6., 3., 4., 1., 2., 5., 0., 7.}, torch::kFloat)));
  EXPECT_TRUE(torch::equal(reverse_steps(reversed, torch::tensor({4, 2}, torch::kInt64)), x));
  EXPECT_TRUE(torch::equal(reverse_steps(x, {}), x.flip(0)));
}

}  // namespace
}  // namespace zoo
