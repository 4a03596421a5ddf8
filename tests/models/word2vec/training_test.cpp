#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <tuple>

#include "models/word2vec/self_training.h"
#include "models/word2vec/word2vec.h"
#include "tests/models/word2vec/grouped_text.h"
#include "tests/support/errors.h"

namespace zoo::word2vec {
namespace {

struct Trained {
  Weights weights;
  double loss = 0;
  std::int64_t pairs = 0;
};

Trained train(const Word2VecOptions& options, const Corpus& corpus, int threads) {
  Trained trained = {Weights(corpus.vocabulary_size(), options.dim, options.subwords(), grouped_words())};
  trained.weights.initialise(1, options.start_range());
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
        EXPECT_GT(grouped(trained.weights.vectors()), 0.95) << architecture << " " << objective << " " << mode;
        options.max_n = 4;
        options.buckets = 1000;
        EXPECT_GT(grouped(train(options, corpus, 2).weights.vectors()), 0.95)
            << architecture << " " << objective << " " << mode << " with n-grams";
      }
    }
  }
}

/// Half precision with stochastic rounding costs nothing that these texts could show.
TEST(Training, InHalvesLearnsWhatItLearnsInFloats) {
  const auto corpus = grouped_text(1500, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      for (const std::string mode : {"shared", "exact", "deterministic"}) {
        for (const std::int64_t max_n : {0, 4}) {
          auto options = small();
          options.architecture = architecture;
          options.objective = objective;
          options.mode = mode;
          options.max_n = max_n;
          options.buckets = 1000;
          const auto floats = train(options, corpus, 1);
          options.storage = "float16";
          const auto halves = train(options, corpus, 1);
          SCOPED_TRACE(fmt::format("{} {} {} {}", architecture, objective, mode, max_n));
          EXPECT_EQ(floats.pairs, halves.pairs);
          EXPECT_NEAR(halves.loss / floats.loss, 1, 0.005);
          EXPECT_GT(grouped(halves.weights.vectors()), grouped(floats.weights.vectors()) - 0.02);
          EXPECT_FALSE(same_bytes(floats.weights.input, halves.weights.input));
        }
      }
    }
  }
}

TEST(Training, InDeterministicModeGivesTheSameBytesForAnyNumberOfThreads) {
  const auto corpus = grouped_text(1000, 3);
  using Case = std::tuple<const char*, std::int64_t, const char*>;
  for (const auto& [architecture, max_n, storage] :
       {Case{"skip-gram", 0, "float32"}, Case{"cbow", 0, "float32"}, Case{"skip-gram", 4, "float32"},
        Case{"cbow", 4, "float32"}, Case{"skip-gram", 0, "float16"}, Case{"cbow", 4, "float16"}}) {
    auto options = small();
    options.architecture = architecture;
    options.storage = storage;
    options.max_n = max_n;
    options.buckets = 200;
    options.mode = "shared";
    const auto alone = train(options, corpus, 1);
    options.mode = "deterministic";
    for (const int threads : {1, 2, 5}) {
      const auto trained = train(options, corpus, threads);
      EXPECT_TRUE(same_bytes(alone.weights.vectors(), trained.weights.vectors())) << threads;
      EXPECT_TRUE(same_bytes(alone.weights.output, trained.weights.output)) << threads;
      EXPECT_EQ(alone.pairs, trained.pairs);
      EXPECT_NEAR(alone.loss, trained.loss, 1e-9 * alone.loss);
    }
  }
}

TEST(Options, StartInputRowsAsWidelyAsTheirFormIsKnownToAndAsAsked) {
  const auto largest = [](const Json& json) {
    VocabularyFacts facts;
    facts.size = kVocabulary;
    facts.pieces = grouped_words();
    const auto model = word2vec::kind().create(json, facts);
    model->initialise(1);
    return model->parts().front().second.abs().max().item<double>();  // of input.weight
  };
  const Json few = {{"dim", 50}, {"buckets", 100}};
  const auto with = [&](Json other) {
    other.update(few);
    return largest(other) * 50;
  };
  EXPECT_NEAR(with({}), 0.5, 0.02);
  EXPECT_NEAR(with({{"architecture", "cbow"}}), 2, 0.08);
  EXPECT_NEAR(with({{"architecture", "cbow"}, {"mode", "exact"}}), 0.5, 0.02);
  EXPECT_NEAR(with({{"architecture", "cbow"}, {"objective", "hierarchical-softmax"}}), 0.5, 0.02);
  EXPECT_NEAR(with({{"architecture", "cbow"}, {"trainer", "gradient"}}), 0.5, 0.02);
  EXPECT_NEAR(with({{"architecture", "cbow"}, {"max_n", 4}}), 1, 0.04);
  EXPECT_NEAR(with({{"init_range", 3.0}}), 3, 0.12);
}

class Resumed : public testing::TestWithParam<Json> {};
INSTANTIATE_TEST_SUITE_P(Training, Resumed,
                         testing::Values(Json{{"dim", 64}, {"epochs", 4}},
                                         Json{{"dim", 32}, {"epochs", 2}, {"max_n", 3}, {"buckets", 300}},
                                         // One epoch of several slices: the weights lag behind at a checkpoint.
                                         Json{{"dim", 768}, {"negative", 10}, {"epochs", 1}, {"storage", "float16"}}));

TEST_P(Resumed, GoesOnBitForBitFromACursor) {
  const auto corpus = grouped_text(60000, 3);  // 780,000 tokens: several slices
  const auto& kind = word2vec::kind();
  VocabularyFacts facts;
  facts.size = kVocabulary;
  facts.pieces = grouped_words();
  auto json = GetParam();
  json.update({{"mode", "deterministic"}, {"sample", 0.0}});
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
  for (std::size_t i = 0; i < whole->parts().size(); ++i) {
    EXPECT_TRUE(same_bytes(whole->parts()[i].second, second->parts()[i].second)) << whole->parts()[i].first;
  }
}

TEST(Training, ByGradientIsNotInHalves) {
  VocabularyFacts facts;
  facts.size = kVocabulary;
  EXPECT_THAT(error_of([&] {
                kind().create({{"trainer", "gradient"}, {"storage", "float16"}}, facts);
              }),
              testing::HasSubstr("model.storage"));
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

/// Every way to train at rates from the lowest to the highest: nothing becomes infinite or NaN.
TEST(Training, AtAnyRateStaysFinite) {
  const auto corpus = grouped_text(250, 3), other = grouped_text(50, 4);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      for (const std::string mode : {"shared", "exact", "deterministic"}) {
        for (const std::int64_t max_n : {0, 4}) {
          for (const double rate : {0.001, 0.1, 0.5}) {
            auto options = small();
            options.architecture = architecture;
            options.objective = objective;
            options.mode = mode;
            options.cbow_mean = max_n > 0;
            options.max_n = max_n;
            options.buckets = 50;
            options.replicas = 40;
            options.merge_every = 1;
            options.learning_rate = rate;
            for (const std::string storage : {"float32", "float16"}) {
              options.storage = storage;
              const auto trained = train(options, corpus, 3);
              SCOPED_TRACE(fmt::format("{} {} {} {} {} {}", architecture, objective, mode, max_n, rate, storage));
              EXPECT_LE(trained.weights.vectors().abs().max().item<float>(), kLargest);
              EXPECT_LE(trained.weights.input.abs().max().item<float>(), kLargest);
              EXPECT_LE(trained.weights.output.abs().max().item<float>(), kLargest);
              EXPECT_TRUE(std::isfinite(trained.loss));
            }
          }
        }
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
    weights.initialise(1, options.start_range());
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

/// The loss that training reports is the mean over all updates, each before its own change: at a rate so low that the
/// weights stay as they are, that of the same windows with the weights at the start.
TEST(Training, ReportsTheMeanLossOfAllItsUpdates) {
  const auto corpus = grouped_text(1000, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::int64_t max_n : {0, 4}) {
      auto options = small();
      options.architecture = architecture;
      options.max_n = max_n;
      options.buckets = 100;
      options.learning_rate = 1e-30;
      options.epochs = 2;
      Weights weights(kVocabulary, options.dim, options.subwords(), grouped_words());
      {
        const torch::NoGradGuard no_gradient;
        torch::manual_seed(1);
        weights.initialise(1, options.start_range());
        weights.output.slice(0, kSpecialTokens).uniform_(-1, 1);
        weights.input.slice(0, kSpecialTokens).uniform_(-1, 1);
      }
      SelfTraining training(options, weights);
      training.begin(corpus, 1, 2);
      double reported = 0;
      std::int64_t pairs = 0;
      for (SliceReport report; !report.finished;) {
        report = training.advance();
        reported += report.loss_sum;
        pairs += report.loss_count;
      }
      const std::vector<std::int64_t> counts(corpus.counts().begin(), corpus.counts().end());
      const WindowSampler::Tables tables(counts, options);
      const WindowSampler sampler(corpus, tables, options, 1);
      WindowList list;
      double plain = 0;
      std::int64_t counted = 0;
      for (std::int64_t block = 0; block < sampler.blocks(); ++block) {
        sampler.make(block, list);
        plain += loss_of(list, weights.rows(), {options.cbow() || max_n > 0, true});
        counted += list.pairs;
      }
      EXPECT_EQ(pairs, counted);
      EXPECT_NEAR(reported / plain, 1, 1e-6) << architecture << max_n;
    }
  }
}

TEST(Training, LeavesTheRowsOfSpecialTokensZero) {
  for (const std::string storage : {"float32", "float16"}) {
    auto options = small();
    options.storage = storage;
    const auto trained = train(options, grouped_text(200, 3), 1);
    EXPECT_EQ(trained.weights.input.slice(0, 0, kSpecialTokens).abs().sum().item<float>(), 0);
    EXPECT_EQ(trained.weights.output.slice(0, 0, kSpecialTokens).abs().sum().item<float>(), 0);
  }
}

}  // namespace
}  // namespace zoo::word2vec
