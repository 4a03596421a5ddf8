#include "report/measures.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace zoo {
namespace {

TEST(Measures, NumbersAreToldInTheirOwnStyle) {
  EXPECT_EQ(measure_text(*find_measure("perplexity"), 287.44), "287.4");
  EXPECT_EQ(measure_text(*find_measure("perplexity"), 1234567.0), "1,234,567");
  EXPECT_EQ(measure_text(*find_measure("cloze"), 0.1834, 0.002), "18.3 ± 0.2 %");
  EXPECT_EQ(measure_text(*find_measure("wordsim353"), -0.0421), "-0.042");
  EXPECT_EQ(find_measure("nonsense"), nullptr);
}

TEST(Measures, AChangeIsToldWhateverItsDirection) {
  const auto& perplexity = *find_measure("perplexity");
  EXPECT_EQ(change_text(perplexity, 90, 100), "10 % lower");
  EXPECT_EQ(change_text(perplexity, 101, 100), "1.0 % higher");
  EXPECT_EQ(change_text(perplexity, 300, 100), "3.0 times as high");
  EXPECT_EQ(change_text(perplexity, 100.01, 100), "the same");
  EXPECT_EQ(change_text(*find_measure("cloze"), 0.12, 0.15), "3.0 points fewer");
  EXPECT_EQ(change_text(*find_measure("simlex999"), 0.2, -0.1), "0.300 higher");
}

TEST(Measures, SpreadIsTheSampleDeviation) {
  const auto spread = spread_of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(spread.mean, 5);
  EXPECT_NEAR(*spread.deviation, 2.138089935299395, 1e-12);  // √(32 / 7)
  EXPECT_FALSE(spread_of({3}).deviation.has_value());
  EXPECT_THROW(spread_of({}), Error);
}

TEST(Measures, LargeNumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1161192), "1,161,192");
  EXPECT_EQ(grouped(-12345), "-12,345");
}

TEST(Measures, MinutesAreToldInTheirUnit) {
  EXPECT_EQ(minutes_text(0.06), "3.6 s");
  EXPECT_EQ(minutes_text(0.7), "42 s");
  EXPECT_EQ(minutes_text(9.84), "9.8 min");
  EXPECT_EQ(minutes_text(80), "80 min");
  EXPECT_EQ(minutes_text(125), "2 h 5 min");
}

}  // namespace
}  // namespace zoo
