#include "vectors/subword_vectors.h"

#include <gtest/gtest.h>

#include <array>

#include "base/files.h"
#include "runs/run_folder.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

/// A run with n-grams of 3 to 4 characters in 5 buckets; row i of the table is (i, 10 i).
class SubwordRun : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<float> rows;
    for (int i = 0; i < 5; ++i) rows.insert(rows.end(), {static_cast<float>(i), static_cast<float>(10 * i)});
    const std::array tensors = {
        TensorView{"ngrams.weight", DType::f32, {5, 2}, std::as_bytes(std::span<const float>(rows))}};
    write_safetensors(run_.weights_file(), tensors);
    write({{"tensor", "ngrams.weight"}, {"min_n", 3}, {"max_n", 4}, {"buckets", 5}});
  }
  void write(const Json& subwords) {
    run_.write_config({{"format_version", kRunFormatVersion},
                       {"model", {{"kind", "any"}}},
                       {"word_vectors", {{"tensor", "words"}, {"subwords", subwords}}}});
  }
  TemporaryFolder folder_;
  RunFolder run_ = RunFolder::create(folder_.path() / "run");
};

TEST_F(SubwordRun, GivesUnknownWordsTheMeanOfTheirNgrams) {
  const auto vectors = open_subword_vectors(run_.path());
  ASSERT_TRUE(vectors);
  EXPECT_EQ(vectors->dimension(), 2);
  EXPECT_EQ(vectors->subwords(), (Subwords{3, 4, 5}));
  const auto buckets = subword_buckets("zebra", vectors->subwords());
  float sum = 0;
  for (const auto bucket : buckets) sum += static_cast<float>(bucket);
  const auto vector = vectors->vector("zebra");
  ASSERT_TRUE(vector);
  EXPECT_FLOAT_EQ((*vector)[0], sum / static_cast<float>(buckets.size()));
  EXPECT_FLOAT_EQ((*vector)[1], 10 * sum / static_cast<float>(buckets.size()));
  EXPECT_FALSE(vectors->vector(""));
}

TEST_F(SubwordRun, HasNoneWhereTheConfigNamesNone) {
  run_.write_config(
      {{"format_version", kRunFormatVersion}, {"model", {{"kind", "any"}}}, {"word_vectors", {{"tensor", "words"}}}});
  EXPECT_FALSE(open_subword_vectors(run_.path()));
  EXPECT_FALSE(open_subword_vectors(run_.weights_file()));
}

TEST_F(SubwordRun, RefusesWhatDoesNotFitInOneLine) {
  const auto error = [&](const Json& subwords) {
    write(subwords);
    return error_of([&] { open_subword_vectors(run_.path()); });
  };
  EXPECT_THAT(error({{"tensor", "ngrams.weight"}, {"min_n", 3}, {"max_n", 4}, {"buckets", 6}}), HasSubstr("[6, D]"));
  EXPECT_THAT(error({{"tensor", "other"}, {"min_n", 3}, {"max_n", 4}, {"buckets", 5}}), HasSubstr("other"));
  EXPECT_THAT(error({{"tensor", "ngrams.weight"}, {"min_n", 3}, {"buckets", 5}}), HasSubstr("damaged"));
  EXPECT_THAT(error({{"tensor", "ngrams.weight"}, {"min_n", 5}, {"max_n", 4}, {"buckets", 5}}),
              HasSubstr("no n-grams"));
  EXPECT_THAT(error("ngrams"), HasSubstr("damaged"));
  std::filesystem::remove(run_.weights_file());
  EXPECT_THAT(error({{"tensor", "ngrams.weight"}, {"min_n", 3}, {"max_n", 4}, {"buckets", 5}}), HasSubstr("missing"));
}

}  // namespace
}  // namespace zoo
