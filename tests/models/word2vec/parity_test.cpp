#include <gtest/gtest.h>

#include "base/json.h"
#include "models/word2vec/self_training.h"
#include "tests/support/paths.h"

namespace zoo::word2vec {
namespace {

Json golden() {
  static const Json read = read_json(std::string(ZOO_SOURCE_DIR) + "/tests/data/word2vec/parity.json");
  return read;
}

Word2VecOptions options_of(const Json& json) {
  Word2VecOptions options;
  options.architecture = json["architecture"];
  options.objective = json["objective"];
  options.mode = json["mode"];
  options.dim = json["dim"];
  options.window = json["window"];
  options.negative = json["negative"];
  options.noise_exponent = json["noise_exponent"];
  options.sample = json["sample"];
  options.cbow_mean = json["cbow_mean"];
  options.epochs = json["epochs"];
  options.learning_rate = json["rate"];
  return options;
}

void expect_sums(const Tensor& rows, const Json& sums) {
  const auto made = rows.sum(1);  // [V]
  for (std::int64_t id = 0; id < made.size(0); ++id) {
    EXPECT_NEAR(made[id].item<float>(), sums[static_cast<std::size_t>(id)].get<double>(), 5e-5) << "row " << id;
  }
}

void expect_rows(const Tensor& rows, const Json& ids, const Json& wanted) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto row = rows[ids[i].get<std::int64_t>()];  // [D]
    for (std::int64_t d = 0; d < row.size(0); ++d) {
      EXPECT_NEAR(row[d].item<float>(), wanted[i][static_cast<std::size_t>(d)].get<double>(), 1e-5) << ids[i];
    }
  }
}

Corpus corpus_of(const Json& file, std::int64_t vocabulary) {
  auto lines = file["corpus"].get<std::vector<std::vector<TokenId>>>();
  for (auto& line : lines) line.push_back(kEnd);
  return Corpus::from_lines(lines, vocabulary);
}

class EachCase : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Parity, EachCase, testing::Range(0, 5));

TEST_P(EachCase, FollowsAnIndependentImplementationOverTenThousandUpdates) {
  const auto file = golden();
  ASSERT_EQ(file["cases"].size(), 5U);
  const auto& wanted = file["cases"][static_cast<std::size_t>(GetParam())];
  ASSERT_GT(wanted["updates"].get<int>(), 10000);
  const auto options = options_of(wanted["options"]);
  const auto corpus = corpus_of(file, wanted["options"]["vocabulary"].get<std::int64_t>());
  const std::uint64_t seed = wanted["options"]["seed"].get<std::uint64_t>();
  for (const auto* kernel : kernels()) {
    SCOPED_TRACE(kernel->name);
    Weights weights(corpus.vocabulary_size(), options.dim);
    weights.initialise(seed);
    SelfTraining training(options, weights);
    training.use(*kernel);
    training.begin(corpus, seed, 1);
    SliceReport report;
    double loss = 0;
    std::int64_t pairs = 0;
    while (!report.finished) {
      report = training.advance();
      loss += report.loss_sum;
      pairs += report.loss_count;
    }
    EXPECT_EQ(pairs, wanted["pairs"].get<std::int64_t>());
    EXPECT_NEAR(loss / static_cast<double>(pairs), wanted["mean_loss"].get<double>(), 1e-5);
    expect_sums(weights.input, wanted["input_sums"]);
    expect_sums(weights.output, wanted["output_sums"]);
    expect_rows(weights.input, wanted["rows"], wanted["input"]);
    expect_rows(weights.output, wanted["rows"], wanted["output"]);
  }
}

}  // namespace
}  // namespace zoo::word2vec
