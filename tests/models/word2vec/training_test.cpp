#include <gtest/gtest.h>
#include <torch/nn/functional/normalization.h>

#include <cstring>

#include "models/word2vec/self_training.h"
#include "models/word2vec/word2vec.h"
#include "tests/support/errors.h"

namespace zoo::word2vec {
namespace {

constexpr std::int64_t kVocabulary = 105;

/// Words come in ten groups of ten; a line keeps to one group, so that there is something to learn.
Corpus grouped_text(int lines, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<TokenId>> result;
  for (int i = 0; i < lines; ++i) {
    auto& line = result.emplace_back();
    const auto group = static_cast<TokenId>(random.below(10));
    for (int j = 0; j < 12; ++j) line.push_back(kSpecialTokens + 10 * group + static_cast<TokenId>(random.below(10)));
  }
  return Corpus::from_lines(result, kVocabulary);
}

Word2VecOptions small() {
  Word2VecOptions options;
  options.dim = 20;
  options.sample = 0;
  options.epochs = 3;
  return options;
}

struct Trained {
  Weights weights;
  double loss = 0;
  std::int64_t pairs = 0;
};

Trained train(const Word2VecOptions& options, const Corpus& corpus, int threads) {
  Trained trained = {Weights(corpus.vocabulary_size(), options.dim)};
  trained.weights.initialise(1);
  SelfTraining training(options, trained.weights);
  training.begin(corpus, 1, threads);
  for (SliceReport report; !report.finished;) {
    report = training.advance();
    trained.loss += report.loss_sum;
    trained.pairs += report.loss_count;
  }
  return trained;
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  const auto x = a.contiguous(), y = b.contiguous();
  return x.nbytes() == y.nbytes() && std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()) == 0;
}

/// Of each word's nearest nine, how many share its group.
double grouped(const Weights& weights) {
  const auto words = torch::nn::functional::normalize(weights.input.slice(0, kSpecialTokens));  // [100, D]
  const auto near = std::get<1>(torch::matmul(words, words.t()).topk(10, 1));                   // [100, 10]
  const auto group = torch::arange(100).div(10, "floor").unsqueeze(1);                          // [100, 1]
  return near.div(10, "floor").eq(group).to(torch::kFloat64).mean().item<double>();
}

TEST(Training, OfEachKindFindsWhichWordsGoTogether) {
  const auto corpus = grouped_text(3000, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      for (const std::string mode : {"shared", "exact", "deterministic"}) {
        auto options = small();
        options.architecture = architecture;
        options.objective = objective;
        options.mode = mode;
        const auto trained = train(options, corpus, 2);
        EXPECT_GT(grouped(trained.weights), 0.95) << architecture << " " << objective << " " << mode;
      }
    }
  }
}

TEST(Training, InDeterministicModeGivesTheSameBytesForAnyNumberOfThreads) {
  const auto corpus = grouped_text(1000, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    auto options = small();
    options.architecture = architecture;
    options.mode = "shared";
    const auto alone = train(options, corpus, 1);
    options.mode = "deterministic";
    for (const int threads : {1, 2, 5}) {
      const auto trained = train(options, corpus, threads);
      EXPECT_TRUE(same_bytes(alone.weights.input, trained.weights.input)) << threads;
      EXPECT_TRUE(same_bytes(alone.weights.output, trained.weights.output)) << threads;
      EXPECT_EQ(alone.pairs, trained.pairs);
      EXPECT_NEAR(alone.loss, trained.loss, 1e-9 * alone.loss);
    }
  }
}

TEST(Training, GoesOnBitForBitFromACursor) {
  const auto corpus = grouped_text(60000, 3);  // 780,000 tokens: several slices
  const auto& kind = word2vec::kind();
  VocabularyFacts facts;
  facts.size = kVocabulary;
  const Json json = {{"dim", 64}, {"mode", "deterministic"}, {"epochs", 4}, {"sample", 0.0}};
  const auto whole = kind.create(json, facts), first = kind.create(json, facts), second = kind.create(json, facts);
  whole->initialise(5);
  whole->self_trained()->begin(corpus, 5, 2);
  while (!whole->self_trained()->advance().finished) {
  }
  first->initialise(5);
  first->self_trained()->begin(corpus, 5, 2);
  const auto report = first->self_trained()->advance();
  ASSERT_FALSE(report.finished);
  second->load_parts(first->parts());
  second->self_trained()->begin(corpus, 5, 1);
  second->self_trained()->restore(Json::parse(first->self_trained()->cursor().dump()));
  const auto next = second->self_trained()->advance();
  EXPECT_GT(next.tokens_done, report.tokens_done);
  while (!second->self_trained()->advance().finished) {
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(same_bytes(whole->parts()[i].second, second->parts()[i].second)) << whole->parts()[i].first;
  }
}

TEST(Training, RefusesAStateOfAnotherText) {
  const auto options = small();
  Weights weights(kVocabulary, options.dim);
  SelfTraining training(options, weights);
  training.begin(grouped_text(1000, 3), 1, 1);
  const auto error = error_of([&] { training.restore({{"block", 3}, {"blocks", 4}}); });
  EXPECT_THAT(error, testing::HasSubstr("block 3 of 4"));
}

TEST(Training, RefusesACorpusOfAnotherVocabularyOrWithoutWords) {
  const auto options = small();
  Weights weights(kVocabulary, options.dim);
  SelfTraining training(options, weights);
  EXPECT_THAT(error_of([&] {
                training.begin(Corpus::from_lines({{5, 6}}, 7), 1, 1);
              }),
              testing::HasSubstr("vocabulary of 7"));
  EXPECT_THAT(error_of([&] {
                training.begin(Corpus::from_lines({{kUnknown, kUnknown}}, kVocabulary), 1, 1);
              }),
              testing::HasSubstr("no word"));
}

TEST(Training, OfAVocabularyOfOneWordEndsWell) {
  for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
    auto options = small();
    options.objective = objective;
    const auto trained = train(options, Corpus::from_lines({{5, 5, 5}, {5}}, 6), 2);
    EXPECT_TRUE(trained.weights.input.isfinite().all().item<bool>());
  }
}

TEST(Training, AtAnyRateStaysFinite) {
  const auto corpus = grouped_text(500, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      for (const double rate : {0.001, 0.1, 0.5}) {
        auto options = small();
        options.architecture = architecture;
        options.objective = objective;
        options.cbow_mean = false;
        options.learning_rate = rate;
        const auto trained = train(options, corpus, 2);
        EXPECT_TRUE(trained.weights.input.isfinite().all().item<bool>()) << architecture << rate;
        EXPECT_TRUE(trained.weights.output.isfinite().all().item<bool>()) << architecture << rate;
        EXPECT_TRUE(std::isfinite(trained.loss));
      }
    }
  }
}

TEST(Training, LowersTheLossOnOtherTextAndChangesNothingThere) {
  const auto corpus = grouped_text(3000, 3), other = grouped_text(300, 4);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    auto options = small();
    options.architecture = architecture;
    Weights weights(kVocabulary, options.dim);
    weights.initialise(1);
    SelfTraining training(options, weights);
    training.begin(corpus, 1, 1);
    const auto before = training.held_out(other);
    ASSERT_TRUE(before);
    // All scores are zero at first: log 2 for the true word and for each noise word that was not dropped.
    const double mean = before->sum.item<double>() / static_cast<double>(before->count);
    EXPECT_LE(mean, 6 * std::log(2) + 1e-6);
    EXPECT_GT(mean, 5 * std::log(2));
    while (!training.advance().finished) {
    }
    const auto bytes = weights.input.clone();
    const auto after = training.held_out(other);
    EXPECT_LT(after->sum.item<double>(), 0.9 * before->sum.item<double>());
    EXPECT_TRUE(same_bytes(bytes, weights.input));
    EXPECT_EQ(after->sum.item<double>(), training.held_out(other)->sum.item<double>());
  }
}

TEST(Training, LeavesTheRowsOfSpecialTokensZero) {
  const auto trained = train(small(), grouped_text(200, 3), 1);
  EXPECT_EQ(trained.weights.input.slice(0, 0, kSpecialTokens).abs().sum().item<float>(), 0);
  EXPECT_EQ(trained.weights.output.slice(0, 0, kSpecialTokens).abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace zoo::word2vec
