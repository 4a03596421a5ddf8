#include "models/word2vec/kernels/kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <memory>

#include "base/random.h"

namespace zoo::word2vec {
namespace {

/// Rows of `dim` numbers, aligned and padded as the kernels want them.
class Rows {
 public:
  Rows(std::int64_t rows, std::int64_t dim, float size, std::uint64_t seed)
      : stride((dim + kRowFloats - 1) / kRowFloats * kRowFloats), count(rows * stride), data_(make(count)) {
    Random random(seed);
    for (std::int64_t i = 0; i < count; ++i) {
      data_.get()[i] = i % stride < dim ? size * static_cast<float>(2 * random.uniform() - 1) : 0;
    }
  }
  float* row(std::int64_t i) { return data_.get() + i * stride; }

  const std::int64_t stride, count;

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  static std::unique_ptr<float, Free> make(std::int64_t count) {
    return std::unique_ptr<float, Free>(
        static_cast<float*>(std::aligned_alloc(64, static_cast<std::size_t>(count) * sizeof(float))));
  }
  std::unique_ptr<float, Free> data_;
};

struct Shape {
  std::int64_t dim;
  std::vector<std::int64_t> inputs, outputs;
  float size, rate;
  bool mean;
};

void expect_same_update(const Kernel& kernel, Update Kernel::*update, const Shape& shape) {
  Rows in(12, shape.dim, shape.size, 1), out(40, shape.dim, shape.size, 2);
  Rows plain_in(12, shape.dim, shape.size, 1), plain_out(40, shape.dim, shape.size, 2);
  Work work(in.stride), plain_work(in.stride);
  std::vector<float*> inputs, outputs, plain_inputs, plain_outputs;
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
    (kernel.*update)(work, inputs.data(), static_cast<int>(inputs.size()), outputs.data(), labels.data(),
                     static_cast<int>(outputs.size()));
    (scalar_kernel().*update)(plain_work, plain_inputs.data(), static_cast<int>(inputs.size()), plain_outputs.data(),
                              labels.data(), static_cast<int>(outputs.size()));
  }
  const float near = 1e-5F * std::max(1.0F, shape.size * shape.size);
  for (std::int64_t i = 0; i < in.count; ++i) ASSERT_NEAR(in.row(0)[i], plain_in.row(0)[i], near) << kernel.name;
  for (std::int64_t i = 0; i < out.count; ++i) ASSERT_NEAR(out.row(0)[i], plain_out.row(0)[i], near) << kernel.name;
  const double loss = plain_work.loss();
  EXPECT_NEAR(work.loss(), loss, 1e-5 * (1 + std::abs(loss))) << kernel.name;
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
        for (const auto update : {&Kernel::pairs, &Kernel::bag, &Kernel::pairs_in_turn, &Kernel::bag_in_turn}) {
          expect_same_update(*GetParam(), update, shape);
        }
      }
    }
  }
}

TEST_P(EachKernel, TakesAnInputThatComesTwiceAndAnOutputThatComesTwice) {
  const Shape same_inputs = {20, {3, 3, 4, 4, 4, 3}, {1, 2, 3, 4, 5, 6}, 0.5, 0.05F, true};
  expect_same_update(*GetParam(), &Kernel::pairs, same_inputs);
  expect_same_update(*GetParam(), &Kernel::bag, same_inputs);
  Shape ngrams = {100, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3, 3, 7, 0, 11, 5, 5, 2, 9}, {}, 0.5, 0.05F, true};
  for (int k = 0; k < 33; ++k) ngrams.outputs.push_back((7 * k + 3) % 40);
  expect_same_update(*GetParam(), &Kernel::bag, ngrams);
  expect_same_update(*GetParam(), &Kernel::bag_in_turn, ngrams);
  const Shape same_outputs = {20, {3, 4}, {3, 2, 8, 2, 2, 5}, 0.5, 0.05F, true};
  expect_same_update(*GetParam(), &Kernel::pairs_in_turn, same_outputs);
  expect_same_update(*GetParam(), &Kernel::bag_in_turn, same_outputs);
}

TEST_P(EachKernel, StaysFiniteAndWithinItsLimitsHoweverLargeTheRate) {
  Rows in(4, 30, 60, 1), out(8, 30, 60, 2);
  Work work(in.stride);
  work.rate = 0.5;
  work.mean = false;
  float* inputs[] = {in.row(0), in.row(1), in.row(2), in.row(3)};
  float* outputs[] = {out.row(0), out.row(1), out.row(2), out.row(3), out.row(4), out.row(5), out.row(6)};
  const float labels[] = {1, 0, 0, 1, 0, 0, 1};
  for (int i = 0; i < 1000; ++i) {
    GetParam()->pairs(work, inputs, 4, outputs, labels, 7);
    GetParam()->bag(work, inputs, 4, outputs, labels, 7);
    GetParam()->pairs_in_turn(work, inputs, 4, outputs, labels, 7);
    GetParam()->bag_in_turn(work, inputs, 4, outputs, labels, 7);
  }
  EXPECT_TRUE(std::isfinite(work.loss()));
  for (std::int64_t i = 0; i < in.count; ++i) EXPECT_LE(std::abs(in.row(0)[i]), kLargest);
  for (std::int64_t i = 0; i < out.count; ++i) EXPECT_LE(std::abs(out.row(0)[i]), kLargest);
}

TEST(ScalarKernel, IsOneStepOfGradientDescentOnTheLoss) {
  Rows in(1, 8, 0.5, 1), out(3, 8, 0.5, 2);
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
  scalar_kernel().pairs(work, inputs, 1, outputs, labels, 3);
  EXPECT_NEAR(in.row(0)[2], before[0] - 0.1 * slope[0], 1e-5);
  EXPECT_NEAR(out.row(0)[3], before[1] - 0.1 * slope[1], 1e-5);
  EXPECT_NEAR(out.row(2)[5], before[2] - 0.1 * slope[2], 1e-5);
  EXPECT_NEAR(work.loss(), at_first, 1e-6);
}

}  // namespace
}  // namespace zoo::word2vec
