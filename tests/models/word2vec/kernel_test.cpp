#include "models/word2vec/kernels/kernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/word2vec/aligned_rows.h"

namespace zoo::word2vec {
namespace {

struct Shape {
  std::int64_t dim;
  std::vector<std::int64_t> inputs, outputs;
  float size, rate;
  bool mean;
};

/// In float within rounding; in halves every component is rounded with the same dither, and so is the same but for the
/// few that lie so near to where it turns that a last bit of float decides: these are one step of a half apart at each
/// of the three updates, and what other components make of that.
template <class Cell>
void expect_same(const AlignedRows<Cell>& made, const AlignedRows<Cell>& plain, float size) {
  std::int64_t apart = 0;
  for (std::int64_t i = 0; i < made.count; ++i) {
    if constexpr (std::is_same_v<Cell, float>) {
      ASSERT_NEAR(made.at(i), plain.at(i), 1e-5F * std::max(1.0F, size * size));
    } else {
      ASSERT_NEAR(made.at(i), plain.at(i), 4 * 0x1p-10F * size);
      apart += made.at(i) == plain.at(i) ? 0 : 1;
    }
  }
  EXPECT_LE(apart, 2 + made.count / 50);
}

template <class Cell>
void expect_same_update(const Kernel& kernel, Update<Cell> Updates<Cell>::*update, const Shape& shape) {
  SCOPED_TRACE(fmt::format("{}: {} components, {} inputs, {} outputs, {} bytes a number", kernel.name, shape.dim,
                           shape.inputs.size(), shape.outputs.size(), sizeof(Cell)));
  AlignedRows<Cell> in(12, shape.dim, shape.size, 1), out(40, shape.dim, shape.size, 2);
  AlignedRows<Cell> plain_in(12, shape.dim, shape.size, 1), plain_out(40, shape.dim, shape.size, 2);
  Work work(padded<float>(shape.dim)), plain_work(padded<float>(shape.dim));
  std::vector<Cell*> inputs, outputs, plain_inputs, plain_outputs;
  std::vector<float> labels;
  for (const auto i : shape.inputs) {
    inputs.push_back(in.row(i));
    plain_inputs.push_back(plain_in.row(i));
  }
  for (const auto k : shape.outputs) {
    outputs.push_back(out.row(k));
    plain_outputs.push_back(plain_out.row(k));
    labels.push_back(k % 3 == 0 ? 1.0F : 0.0F);
  }
  for (auto* w : {&work, &plain_work}) {
    w->rate = shape.rate;
    w->mean = shape.mean;
  }
  for (int times = 0; times < 3; ++times) {
    for (auto* w : {&work, &plain_work}) w->dither.start(static_cast<std::uint64_t>(times));
    (kernel.of<Cell>().*update)(work, inputs.data(), static_cast<int>(inputs.size()), outputs.data(), labels.data(),
                                static_cast<int>(outputs.size()));
    (scalar_kernel().of<Cell>().*update)(plain_work, plain_inputs.data(), static_cast<int>(inputs.size()),
                                         plain_outputs.data(), labels.data(), static_cast<int>(outputs.size()));
    if constexpr (std::is_same_v<Cell, Half>) {  // each update draws as often as the scalar one
      EXPECT_EQ(work.dither.draw().flip, plain_work.dither.draw().flip);
    }
  }
  expect_same(in, plain_in, shape.size);
  expect_same(out, plain_out, shape.size);
  const double loss = plain_work.loss(), near = std::is_same_v<Cell, float> ? 1e-5 : 1e-3;
  EXPECT_NEAR(work.loss(), loss, near * (1 + std::abs(loss)));
}

template <class Cell>
void expect_same_updates(const Kernel& kernel, const Shape& shape, bool outputs_differ = true) {
  if (outputs_differ) {
    expect_same_update<Cell>(kernel, &Updates<Cell>::pairs, shape);
    expect_same_update<Cell>(kernel, &Updates<Cell>::bag, shape);
  }
  expect_same_update<Cell>(kernel, &Updates<Cell>::pairs_in_turn, shape);
  expect_same_update<Cell>(kernel, &Updates<Cell>::bag_in_turn, shape);
}

class EachKernel : public testing::TestWithParam<const Kernel*> {};
INSTANTIATE_TEST_SUITE_P(Kernels, EachKernel, testing::ValuesIn(kernels()),
                         [](const auto& instance) { return instance.param->name; });

TEST_P(EachKernel, UpdatesAsTheScalarOneDoesForEveryShapeOfWindow) {
  for (const std::int64_t dim : {1, 16, 17, 100}) {
    for (const int m : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 18, 24, 30, 33}) {
      for (const int n : {1, 2, 3, 5, 10}) {
        Shape shape = {dim, {}, {}, 0.5, 0.05F, n % 2 == 0};
        for (int i = 0; i < n; ++i) shape.inputs.push_back(i);
        for (int k = 0; k < m; ++k) shape.outputs.push_back((7 * k + 3) % 40);
        expect_same_updates<float>(*GetParam(), shape);
        expect_same_updates<Half>(*GetParam(), shape);
      }
    }
  }
}

TEST_P(EachKernel, TakesAnInputThatComesTwiceAndAnOutputThatComesTwice) {
  const Shape same_inputs = {20, {3, 3, 4, 4, 4, 3}, {1, 2, 3, 4, 5, 6}, 0.5, 0.05F, true};
  Shape ngrams = {300, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3, 3, 7, 0, 11, 5, 5, 2, 9}, {}, 0.5, 0.05F, true};
  for (int k = 0; k < 33; ++k) ngrams.outputs.push_back((7 * k + 3) % 40);
  const Shape same_outputs = {20, {3, 4}, {3, 2, 8, 2, 2, 5}, 0.5, 0.05F, true};
  const auto expect_each = [&](auto cell) {
    using Cell = decltype(cell);
    expect_same_updates<Cell>(*GetParam(), same_inputs);
    expect_same_updates<Cell>(*GetParam(), ngrams);
    expect_same_updates<Cell>(*GetParam(), same_outputs, false);
  };
  expect_each(float{});
  expect_each(Half{});
}

template <class Cell>
void expect_limits(const Kernel& kernel) {
  AlignedRows<Cell> in(4, 30, 60, 1), out(8, 30, 60, 2);
  Work work(padded<float>(30));
  work.rate = 0.5;
  work.mean = false;
  Cell* inputs[] = {in.row(0), in.row(1), in.row(2), in.row(3)};
  Cell* outputs[] = {out.row(0), out.row(1), out.row(2), out.row(3), out.row(4), out.row(5), out.row(6)};
  const float labels[] = {1, 0, 0, 1, 0, 0, 1};
  const auto& updates = kernel.of<Cell>();
  for (int i = 0; i < 1000; ++i) {
    for (const auto update : {updates.pairs, updates.bag, updates.pairs_in_turn, updates.bag_in_turn}) {
      update(work, inputs, 4, outputs, labels, 7);
    }
  }
  EXPECT_TRUE(std::isfinite(work.loss()));
  for (std::int64_t i = 0; i < in.count; ++i) EXPECT_LE(std::abs(in.at(i)), kLargest);
  for (std::int64_t i = 0; i < out.count; ++i) EXPECT_LE(std::abs(out.at(i)), kLargest);
}

TEST_P(EachKernel, StaysFiniteAndWithinItsLimitsHoweverLargeTheRate) {
  expect_limits<float>(*GetParam());
  expect_limits<Half>(*GetParam());
}

TEST(ScalarKernel, IsOneStepOfGradientDescentOnTheLoss) {
  AlignedRows<float> in(1, 8, 0.5, 1), out(3, 8, 0.5, 2);
  const float labels[] = {1, 0, 0};
  const auto loss = [&] {
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
      double score = 0;
      for (int d = 0; d < 8; ++d) score += static_cast<double>(in.row(0)[d]) * static_cast<double>(out.row(k)[d]);
      sum += std::log1p(std::exp(labels[k] > 0 ? -score : score));
    }
    return sum;
  };
  std::vector<double> slope;  // by differences
  for (float* x : {in.row(0) + 2, out.row(0) + 3, out.row(2) + 5}) {
    const float before = *x;
    *x = before + 1e-2F;
    const double above = loss();
    *x = before - 1e-2F;
    slope.push_back((above - loss()) / 2e-2);
    *x = before;
  }
  const double at_first = loss();
  const float before[] = {in.row(0)[2], out.row(0)[3], out.row(2)[5]};
  Work work(in.stride);
  work.rate = 0.1F;
  float* inputs[] = {in.row(0)};
  float* outputs[] = {out.row(0), out.row(1), out.row(2)};
  scalar_kernel().floats.pairs(work, inputs, 1, outputs, labels, 3);
  EXPECT_NEAR(in.row(0)[2], before[0] - 0.1 * slope[0], 1e-5);
  EXPECT_NEAR(out.row(0)[3], before[1] - 0.1 * slope[1], 1e-5);
  EXPECT_NEAR(out.row(2)[5], before[2] - 0.1 * slope[2], 1e-5);
  EXPECT_NEAR(work.loss(), at_first, 1e-6);
}

}  // namespace
}  // namespace zoo::word2vec
