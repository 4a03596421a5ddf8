// Rows in half precision: how they are rounded, trained, and become weights again.
#include <c10/util/Half.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/word2vec/half_matrices.h"
#include "models/word2vec/replicas.h"
#include "models/word2vec/word2vec.h"
#include "tests/models/word2vec/aligned_rows.h"
#include "tests/models/word2vec/grouped_text.h"

namespace zoo::word2vec {
namespace {

TEST(Halves, AreReadAndRoundedAsLibTorchDoes) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00) == 0x7c00) continue;  // infinities and NaN never come up
    const Half half = {static_cast<std::uint16_t>(bits)};
    EXPECT_EQ(to_float(half), static_cast<float>(c10::Half(half.bits, c10::Half::from_bits())));
    EXPECT_EQ(nearest<Half>(to_float(half)).bits, half.bits);
    EXPECT_EQ(rounded(to_float(half), 0).bits, half.bits);
  }
  Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const auto size = std::ldexp(1.0 + random.uniform(), static_cast<int>(random.below(20)) - 14);  // up to kLargest
    const auto x = static_cast<float>(random.below(2) == 0 ? size : -size);
    EXPECT_EQ(to_float(nearest<Half>(x)), static_cast<float>(c10::Half(x))) << x;
  }
}

TEST(Halves, AreCutOffTowardZeroWithoutDither) {
  EXPECT_EQ(to_float(rounded(1 + 0x1.ffp-11F, 0)), 1);
  EXPECT_EQ(to_float(rounded(1 + 0x1.ffp-11F, 0x1fff)), 1 + 0x1p-10F);
  EXPECT_EQ(to_float(rounded(-1 - 0x1.ffp-11F, 0x1fff)), -1 - 0x1p-10F);
  EXPECT_EQ(to_float(rounded(kLargest, 0x1fff)), kLargest);
  EXPECT_EQ(to_float(rounded(0, 0x1fff)), 0);
  EXPECT_EQ(to_float(rounded(0x1.8p-24F, 0)), 0x1p-24F);  // below 2^−14 the step is 2^−24
  EXPECT_EQ(to_float(rounded(0x1.8p-25F, 0)), 0);
}

TEST(Dither, GivesEachComponentEachNumberEquallyOften) {
  constexpr int kDraws = 1 << 18;
  for (const auto& [row, component] : {std::pair{0, 0}, std::pair{5, 17}, std::pair{127, 255}}) {
    Dither dither;
    dither.start(3);
    std::vector<int> seen(64, 0);
    for (int i = 0; i < kDraws; ++i) {
      const auto number = dither.draw().at(row, component);
      ASSERT_LT(number, 8192U);
      ++seen[number / 128];
    }
    double chi_squared = 0;
    for (const int count : seen) chi_squared += std::pow(count - kDraws / 64.0, 2) / (kDraws / 64.0);
    EXPECT_LT(chi_squared, 120);  // 63 degrees of freedom: one in 50,000 is above
  }
}

class HalvesInEachKernel : public testing::TestWithParam<const Kernel*> {};
INSTANTIATE_TEST_SUITE_P(Kernels, HalvesInEachKernel, testing::ValuesIn(kernels()),
                         [](const auto& instance) { return instance.param->name; });

/// Updates too small for a half are not lost: over many roundings the mean of each component is what float32 gives.
TEST_P(HalvesInEachKernel, RoundsWithoutBias) {
  constexpr std::int64_t kDim = 20;
  constexpr int kTimes = 20000;
  const float labels[] = {1, 0};
  AlignedRows<float> in(1, kDim, 0.25, 1), out(2, kDim, 0.25, 2);
  AlignedRows<Half> half_in(1, kDim, 0.25, 1), half_out(2, kDim, 0.25, 2);
  AlignedRows<Half> start_in(1, kDim, 0.25, 1), start_out(2, kDim, 0.25, 2);
  for (std::int64_t j = 0; j < kDim; ++j) {
    in.row(0)[j] = start_in.at(j);
    for (int k = 0; k < 2; ++k) out.row(k)[j] = start_out.at(k * start_out.stride + j);
  }
  Work work(padded<float>(kDim)), float_work(padded<float>(kDim));
  work.rate = float_work.rate = 1e-4F;  // most updates are a few hundredths of a step
  const auto update = [&]<class Cell>(Work& with, AlignedRows<Cell>& inputs, AlignedRows<Cell>& outputs) {
    Cell* input[] = {inputs.row(0)};
    Cell* output[] = {outputs.row(0), outputs.row(1)};
    GetParam()->of<Cell>().pairs(with, input, 1, output, labels, 2);
  };
  update(float_work, in, out);
  std::vector<double> mean_in(kDim, 0), mean_out(2 * kDim, 0);
  for (int times = 0; times < kTimes; ++times) {
    std::memcpy(half_in.row(0), start_in.row(0), static_cast<std::size_t>(start_in.count) * sizeof(Half));
    std::memcpy(half_out.row(0), start_out.row(0), static_cast<std::size_t>(start_out.count) * sizeof(Half));
    work.dither.start(static_cast<std::uint64_t>(times) * 0x9e3779b97f4a7c15U);
    update(work, half_in, half_out);
    for (std::size_t j = 0; j < kDim; ++j) {
      mean_in[j] += static_cast<double>(to_float(half_in.row(0)[j])) / kTimes;
      for (std::size_t k = 0; k < 2; ++k) {
        mean_out[k * kDim + j] += static_cast<double>(to_float(half_out.row(static_cast<std::int64_t>(k))[j])) / kTimes;
      }
    }
  }
  const auto expect_mean = [](double mean, double wanted, double start) {
    const double step = std::ldexp(1, std::ilogb(std::max(std::abs(wanted), std::abs(start))) - 10);
    EXPECT_NEAR(mean, wanted,
                5 * step * 0.5 / std::sqrt(kTimes));  // standard deviations of a coin, the widest there is
  };
  for (std::size_t j = 0; j < kDim; ++j) {
    const auto at = static_cast<std::int64_t>(j);
    expect_mean(mean_in[j], in.row(0)[at], start_in.at(at));
    for (std::size_t k = 0; k < 2; ++k) {
      const auto row = static_cast<std::int64_t>(k);
      expect_mean(mean_out[k * kDim + j], out.row(row)[at], start_out.at(row * start_out.stride + at));
    }
  }
}

TEST(Halves, OfAReplicaAreMergedWithThoseOfOthers) {
  AlignedRows<Half> matrix(1, 32, 0.5, 1);
  const AlignedRows<Half> before(1, 32, 0.5, 1);
  const std::vector<double> uses = {1};
  const FrequentRows frequent(uses, 1);
  Replica<Half> one(frequent, 32), other(frequent, 32);
  one.take(matrix.row(0));
  other.take(matrix.row(0));
  one.rows()[0] = nearest<Half>(before.at(0) + 0.25F);
  one.rows()[1] = nearest<Half>(0.1F);
  other.rows()[3] = nearest<Half>(before.at(3) + 0.125F);
  one.merge(matrix.row(0));
  other.merge(matrix.row(0));
  EXPECT_EQ(matrix.row(0)[1].bits, nearest<Half>(0.1F).bits);
  EXPECT_NEAR(matrix.at(0), before.at(0) + 0.25F, 0x1p-11F);
  EXPECT_NEAR(matrix.at(3), before.at(3) + 0.125F, 0x1p-11F);
  EXPECT_EQ(matrix.at(2), before.at(2));
  EXPECT_EQ(other.rows()[0].bits, matrix.row(0)[0].bits);
}

TEST(HalfMatrices, BecomeTheWeightsOrLeaveWhatWasNotTouched) {
  Weights weights(kVocabulary, 20, {2, 4, 50}, grouped_words());
  weights.initialise(1, 1);
  const auto input = weights.input.clone(), ngrams = weights.ngrams.clone();  // [V, D], [buckets, D]
  HalfMatrices halves(weights);
  auto rows = halves.train();
  EXPECT_EQ(rows.stride, 32);
  EXPECT_EQ(to_float(rows.input[7 * 32 + 3]), static_cast<float>(c10::Half(input[7][3].item<float>())));
  rows.input[7 * 32 + 3] = nearest<Half>(1.5F);
  rows.input[(kVocabulary + 2) * 32] = nearest<Half>(2.5F);
  rows.output[6 * 32 + 19] = nearest<Half>(-0.5F);
  EXPECT_TRUE(weights.input.equal(input));  // not yet
  halves.settle_touched();
  EXPECT_EQ(weights.input[7][3].item<float>(), 1.5);
  EXPECT_EQ(weights.ngrams[2][0].item<float>(), 2.5);
  EXPECT_EQ(weights.output[6][19].item<float>(), -0.5);
  EXPECT_EQ(weights.input.ne(input).sum().item<std::int64_t>(), 1);
  EXPECT_EQ(weights.ngrams.ne(ngrams).sum().item<std::int64_t>(), 1);

  // What others write is trained once they say so.
  weights.input[8].fill_(0.75);
  EXPECT_NE(to_float(halves.train().input[8 * 32]), 0.75);
  halves.forget();
  EXPECT_EQ(to_float(halves.train().input[8 * 32]), 0.75);
  EXPECT_EQ(to_float(halves.train().input[7 * 32 + 3]), 1.5);
  halves.settle();
  EXPECT_TRUE(weights.input.equal(weights.input.to(torch::kHalf).to(torch::kFloat32)));
}

}  // namespace
}  // namespace zoo::word2vec
