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
  options.init_range = json.contains("max_n") ? 1 : 0.5;  // fastText's, word2vec.c's
  options.min_n = json.value("min_n", options.min_n);
  options.max_n = json.value("max_n", options.max_n);
  options.buckets = json.value("buckets", options.buckets);
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

Corpus corpus_of(const Json& text, std::int64_t vocabulary) {
  auto lines = text.get<std::vector<std::vector<TokenId>>>();
  for (auto& line : lines) line.push_back(kEnd);
  return Corpus::from_lines(lines, vocabulary);
}

/// The whole training with each kernel, and what it must give; `pieces` for n-grams.
void expect_training(const Json& wanted, const Corpus& corpus, const std::vector<std::string>& pieces) {
  const auto options = options_of(wanted["options"]);
  const auto seed = wanted["options"]["seed"].get<std::uint64_t>();
  for (const auto* kernel : kernels()) {
    SCOPED_TRACE(kernel->name);
    Weights weights(corpus.vocabulary_size(), options.dim, options.subwords(), pieces);
    weights.initialise(seed, options.start_range());
    SelfTraining training(options, weights);
    training.use(*kernel);
    training.begin(corpus, seed, 1);
    double loss = 0;
    std::int64_t pairs = 0;
    for (SliceReport report; !report.finished;) {
      report = training.advance();
      loss += report.loss_sum;
      pairs += report.loss_count;
    }
    EXPECT_EQ(pairs, wanted["pairs"].get<std::int64_t>());
    EXPECT_NEAR(loss / static_cast<double>(pairs), wanted["mean_loss"].get<double>(), 1e-5);
    expect_sums(weights.input, wanted["input_sums"]);
    expect_sums(weights.output, wanted["output_sums"]);
    if (wanted.contains("ngram_sums")) expect_sums(weights.ngrams, wanted["ngram_sums"]);
    for (const auto* rows : {"input", "output", "vectors"}) {
      if (!wanted.contains(rows)) continue;
      const bool output = std::string_view(rows) == "output";
      expect_rows(output ? weights.output : weights.vectors(), wanted["rows"], wanted[rows]);
    }
  }
}

class EachCase : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Parity, EachCase, testing::Range(std::size_t{0}, std::size_t{6}));

TEST_P(EachCase, FollowsAnIndependentImplementationOverTenThousandUpdates) {
  const auto file = golden();
  ASSERT_EQ(file["cases"].size(), 6U);
  const auto& wanted = file["cases"][GetParam()];
  ASSERT_GT(wanted["updates"].get<int>(), 10000);
  expect_training(wanted, corpus_of(file["corpus"], wanted["options"]["vocabulary"].get<std::int64_t>()), {});
}

class EachNgramCase : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Parity, EachNgramCase, testing::Range(std::size_t{0}, std::size_t{5}));

TEST_P(EachNgramCase, FollowsAnIndependentImplementationWithNgrams) {
  const auto file = golden();
  const auto& ngrams = file["ngrams"];
  ASSERT_EQ(ngrams["cases"].size(), 5U);
  const auto& wanted = ngrams["cases"][GetParam()];
  ASSERT_GT(wanted["updates"].get<int>(), 2000);
  auto lines = file["corpus"];
  lines.erase(lines.begin() + 150, lines.end());
  expect_training(wanted, corpus_of(lines, wanted["options"]["vocabulary"].get<std::int64_t>()),
                  ngrams["pieces"].get<std::vector<std::string>>());
}

}  // namespace
}  // namespace zoo::word2vec
