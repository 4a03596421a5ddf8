// The vectors of words in their sentences.
#include <fmt/format.h>

#include "models/elmo/elmo.h"
#include "tests/support/errors.h"

namespace zoo::elmo {
namespace {

constexpr std::int64_t kVocabulary = 30, kWidth = 12;

class ElmoContext : public testing::Test {
 protected:
  void SetUp() override {
    model_ = kind().create(kind().tiny_options(), sample_vocabulary(kVocabulary));
    torch::manual_seed(11);
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : model_->parts()) {
      if (name != "word_vectors.weight") tensor.normal_(0, 0.4);
    }
  }
  Tensor vectors(const WordRows& rows, State& state) { return model_->context_vectors()->context_vectors(rows, state); }
  Tensor vectors(const WordRows& rows) {
    State state;
    return vectors(rows, state);
  }
  static WordRows rows_of(const std::vector<std::vector<std::int64_t>>& sentences) {
    std::size_t width = 0;
    for (const auto& sentence : sentences) width = std::max(width, sentence.size());
    WordRows rows;
    rows.words =
        torch::full({std::ssize(sentences), static_cast<std::int64_t>(width)}, std::int64_t{kPad}, torch::kInt64);
    rows.lengths = torch::empty({std::ssize(sentences)}, torch::kInt64);
    for (std::size_t b = 0; b < sentences.size(); ++b) {
      const auto row = static_cast<std::int64_t>(b);
      rows.lengths[row] = std::ssize(sentences[b]);
      for (std::size_t t = 0; t < sentences[b].size(); ++t) {
        rows.words[row][static_cast<std::int64_t>(t)] = sentences[b][t];
      }
    }
    return rows;
  }
  static double difference(const Tensor& a, const Tensor& b) {
    EXPECT_EQ(a.sizes(), b.sizes());
    return (a - b).abs().max().item<double>();
  }

  std::unique_ptr<Model> model_;
};

TEST_F(ElmoContext, HasALayerForTheWordItselfAndOneForEachLstm) {
  auto* context = model_->context_vectors();
  EXPECT_EQ(context->context_layers(), (std::vector<std::string>{"token", "lstm 1", "lstm 2"}));
  EXPECT_EQ(context->context_width(), 2 * kWidth);
  const auto rows = rows_of({{7, 8, 9}, {10}});
  const auto result = vectors(rows);  // [3, 2, 3, 2P]
  EXPECT_EQ(result.sizes(), (std::vector<std::int64_t>{3, 2, 3, 2 * kWidth}));
  const auto table = model_->word_vectors()->vectors();  // [V, P]
  EXPECT_EQ(difference(result[0][0][1], torch::cat({table[8], table[8]})), 0);
  EXPECT_EQ(result.select(1, 1).narrow(1, 1, 2).abs().sum().item<double>(), 0) << "behind the row's end";
}

TEST_F(ElmoContext, TheSameWordGetsOtherVectorsInOtherSentencesButTheSameOfItsOwn) {
  const auto result = vectors(rows_of({{7, 8, 9}, {10, 8, 11}}));
  EXPECT_EQ(difference(result[0][0][1], result[0][1][1]), 0);
  EXPECT_GT(difference(result[1][0][1], result[1][1][1]), 1e-3);
  EXPECT_GT(difference(result[2][0][1], result[2][1][1]), 1e-3);
}

TEST_F(ElmoContext, TheFirstHalfKnowsWhatStandsBeforeAndTheSecondWhatStandsBehind) {
  const auto result = vectors(rows_of({{7, 8, 9, 10}, {7, 8, 9, 11}, {12, 8, 9, 10}}));
  for (std::int64_t layer = 1; layer < 3; ++layer) {
    const auto forward = result[layer].narrow(2, 0, kWidth), backward = result[layer].narrow(2, kWidth, kWidth);
    EXPECT_LT(difference(forward[0].narrow(0, 0, 3), forward[1].narrow(0, 0, 3)), 1e-6);
    EXPECT_GT(difference(forward[0][1], forward[2][1]), 1e-3);
    EXPECT_LT(difference(backward[0].narrow(0, 1, 3), backward[2].narrow(0, 1, 3)), 1e-6);
    EXPECT_GT(difference(backward[0][1], backward[1][1]), 1e-3);
  }
}

TEST_F(ElmoContext, ASentenceGetsTheSameVectorsWhateverItsBatch) {
  const std::vector<std::vector<std::int64_t>> sentences = {{7, 8, 9}, {}, {10, 11, 12, 13, 14, 15}, {9}};
  const auto together = vectors(rows_of(sentences));
  for (std::size_t b = 0; b < sentences.size(); ++b) {
    const auto alone = vectors(rows_of({sentences[b]}));
    const auto length = std::ssize(sentences[b]);
    EXPECT_EQ(alone.size(2), length);
    if (length == 0) continue;
    EXPECT_LT(difference(together.select(1, static_cast<std::int64_t>(b)).narrow(1, 0, length), alone.select(1, 0)),
              1e-6);
  }
}

TEST_F(ElmoContext, CarriedStateGoesOnRowByRow) {
  const auto first = rows_of({{7, 8}, {9, 10, 11}, {12}}), second = rows_of({{13, 14, 15}, {16}});
  State carried;
  const auto fresh = vectors(first, carried);
  EXPECT_EQ(difference(fresh, vectors(first)), 0) << "an empty state starts anew";
  const auto third = carried[0][2].clone();
  const auto went_on = vectors(second, carried);
  EXPECT_GT(difference(went_on[1][0][0], vectors(second)[1][0][0]), 1e-3);
  EXPECT_TRUE(torch::equal(carried[0][2], third)) << "a row that was not given keeps its state";
  for (std::int64_t row = 0; row < 2; ++row) {  // each row alone, with its own state
    State alone;
    const auto slot = [&](const WordRows& rows) {
      return WordRows{rows.words.narrow(0, row, 1), rows.lengths.narrow(0, row, 1), {}};
    };
    vectors(slot(first), alone);
    EXPECT_LT(difference(vectors(slot(second), alone).select(1, 0), went_on.select(1, row)), 1e-6);
  }
}

TEST_F(ElmoContext, VectorsAreTheSameToAMillionthInABatchOf64AndAlone) {
  Json options = kind().tiny_options();
  options.update({{"filter_counts", {16, 32, 64}}, {"projection", 64}, {"cell", 256}});
  auto facts = sample_vocabulary(500);
  const auto model = kind().create(options, facts);
  model->initialise(5);
  WordRows all;
  torch::manual_seed(9);
  const auto lengths = torch::randint(1, 45, {64}, torch::kInt64);
  all.lengths = lengths;
  all.words = torch::full({64, lengths.max().item<std::int64_t>()}, std::int64_t{kPad}, torch::kInt64);
  for (std::int64_t b = 0; b < 64; ++b) {
    const auto length = lengths[b].item<std::int64_t>();
    auto words = torch::randint(kSpecialTokens, 500, {length}, torch::kInt64);
    words.masked_fill_(words.remainder(5).eq(0), std::int64_t{kUnknown});
    all.words[b].narrow(0, 0, length).copy_(words);
    all.spellings.emplace_back();
    for (std::int64_t t = 0; t < length; ++t) all.spellings.back().push_back(fmt::format("w{}", b * t % 71));
  }
  State state;
  const auto together = model->context_vectors()->context_vectors(all, state);  // [3, 64, T, 2P]
  EXPECT_GT(together.abs().max().item<double>(), 0.1);
  const auto other = kind().create(options, facts);  // has not kept the words' vectors
  other->load_parts(model->parts());
  for (std::int64_t b = 0; b < 64; ++b) {
    const auto length = lengths[b].item<std::int64_t>();
    const WordRows one{all.words.narrow(0, b, 1).narrow(1, 0, length),
                       lengths.narrow(0, b, 1),
                       {all.spellings[static_cast<std::size_t>(b)]}};
    State fresh;
    const auto alone = other->context_vectors()->context_vectors(one, fresh);
    for (std::int64_t layer = 0; layer < 3; ++layer) {
      const auto of_batch = together[layer][b].narrow(0, 0, length);
      EXPECT_LE(difference(of_batch, alone[layer][0]), 1e-6) << "row " << b << ", layer " << layer;
    }
  }
}

TEST_F(ElmoContext, TrainableVectorsAreTheSameWithAGradientForEveryParameterOfTheEncoder) {
  auto* trainable = dynamic_cast<TrainableVectors*>(model_.get());
  ASSERT_NE(trainable, nullptr);
  auto rows = rows_of({{7, kUnknown, 9}, {10}});
  rows.spellings = {{"7", "zebra", "9"}, {"10"}};
  const auto x = trainable->trainable_vectors(rows);
  EXPECT_LT(difference(x.detach(), vectors(rows)), 1e-5);
  x.square().sum().backward();
  for (const auto& parameter : trainable->encoder().named_parameters()) {
    if (parameter.key().starts_with("softmax.")) continue;
    ASSERT_TRUE(parameter->grad().defined()) << parameter.key();
    EXPECT_GT(parameter->grad().abs().max().item<double>(), 0) << parameter.key();
  }
}

TEST_F(ElmoContext, NewWordsAreReadAnewWhenAParameterHasChanged) {
  auto rows = rows_of({{kUnknown}});
  rows.spellings = {{"zebra"}};
  const auto before = vectors(rows)[0].clone();
  EXPECT_EQ(difference(vectors(rows)[0], before), 0);
  {
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : model_->parts()) {
      if (name.starts_with("token.")) tensor.mul_(1.5);
    }
  }
  EXPECT_GT(difference(vectors(rows)[0], before), 1e-3);
}

TEST_F(ElmoContext, WordsThatTheVocabularyLacksAreReadByTheirLetters) {
  auto unknown = rows_of({{7, kUnknown, 9}, {kUnknown, 10}});
  unknown.spellings = {{"7", "8", "9"}, {"8", "10"}};  // sample_vocabulary writes word 8 as "8"
  const auto known = rows_of({{7, 8, 9}, {8, 10}});
  EXPECT_LT(difference(vectors(unknown), vectors(known)), 1e-6);
  unknown.spellings = {{"7", "another", "9"}, {"8", "10"}};
  EXPECT_GT(difference(vectors(unknown)[0][0][1], vectors(known)[0][0][1]), 1e-3);
  unknown.spellings = {{"7", std::string(10'000, 'x'), "9"}, {"8", "10"}};
  EXPECT_TRUE(vectors(unknown).isfinite().all().item<bool>());
  unknown.spellings = {{"7", "8"}, {"8", "10"}};
  EXPECT_THAT(error_of([&] { vectors(unknown); }), testing::HasSubstr("a row of 3 words has 2 spellings"));
  unknown.spellings = {{"7", "8", "9"}};
  EXPECT_THAT(error_of([&] { vectors(unknown); }), testing::HasSubstr("2 rows of words and 1 rows"));
}

}  // namespace
}  // namespace zoo::elmo
