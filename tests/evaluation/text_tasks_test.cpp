// Perplexity, mixtures and cloze, against models whose answers are known.
#include <cmath>

#include "evaluation/abilities.h"
#include "evaluation/cloze.h"
#include "evaluation/mixture.h"
#include "evaluation/perplexity.h"
#include "models/model_table.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

/// Gives each word the same log-probability.
class Constant : public NextWord {
 public:
  explicit Constant(double log_probability) : log_probability_(log_probability) {}
  Tensor score(const Batch& batch, State&) const override {
    targets.push_back(batch.target.clone());
    return torch::full(batch.target.sizes(), log_probability_);
  }
  Tensor next(const Tensor&) const override { return {}; }
  mutable std::vector<Tensor> targets;

 private:
  double log_probability_;
};

/// Knows the answer by the words around it, and notes what it was shown.
class Known : public Cloze {
 public:
  Known(std::int64_t vocabulary, bool constant) : vocabulary_(vocabulary), constant_(constant) {}
  Tensor cloze(const Tensor& left, const Tensor& right) const override {
    lefts.push_back(left.clone());
    rights.push_back(right.clone());
    Tensor scores = torch::zeros({left.size(0), vocabulary_});  // [B, V]
    if (constant_) return scores;
    for (std::int64_t row = 0; row < left.size(0); ++row) {  // in the text each word is one more than that before it
      const auto before = left[row][-1].item<std::int64_t>();
      if (before >= kSpecialTokens && before + 1 < vocabulary_) scores[row][before + 1] = 1;
    }
    return scores;
  }
  bool left_only() const override { return true; }
  mutable std::vector<Tensor> lefts, rights;

 private:
  std::int64_t vocabulary_;
  bool constant_;
};

Corpus counting_lines() {
  return Corpus::from_lines({{5, 6, 7, 8, kEnd}, {9, 10, kUnknown, 12, kEnd}, {13, 14, 15, kEnd}}, 20);
}

TEST(Perplexity, IsExactOverEveryTokenOnce) {
  const Corpus corpus = counting_lines();
  Constant model(std::log(0.25));
  const Perplexity result = perplexity(model, corpus);
  EXPECT_NEAR(result.perplexity, 4, 1e-6);
  EXPECT_EQ(result.tokens, 14);
  EXPECT_NEAR(result.log_probability_sum, 14 * std::log(0.25), 1e-5);
  EXPECT_EQ(result.unknown_tokens, 1);
  const Tensor seen = torch::cat(model.targets, 1)[0];
  for (std::int64_t i = 0; i < 14; ++i) EXPECT_EQ(seen[i].item<int>(), corpus.ids()[static_cast<std::size_t>(i)]);
}

TEST(Perplexity, HasBitsPerByteOnlyWhereEveryLetterWasScored) {
  Constant model(std::log(0.5));
  const Json with_unknown = perplexity(model, counting_lines()).to_json();
  EXPECT_TRUE(with_unknown["bits_per_byte"].is_null());
  EXPECT_THAT(with_unknown["bits_per_byte_note"].get<std::string>(), testing::HasSubstr("unknown"));
  const Corpus known = Corpus::from_lines({{5, 6, 7, kEnd}}, 20);
  const Perplexity result = perplexity(model, known);
  if (known.bytes() > 0) {
    ASSERT_TRUE(result.bits_per_byte.has_value());
    EXPECT_NEAR(*result.bits_per_byte, 4.0 / static_cast<double>(known.bytes()), 1e-6);
  }
  EXPECT_EQ(result.to_json()["exact"], true);
}

TEST(Perplexity, RefusesScoresThatAreNoLogProbabilities) {
  Constant damaged(NAN), impossible(0.5);
  EXPECT_THAT(error_of([&] { perplexity(damaged, counting_lines()); }), testing::HasSubstr("damaged"));
  EXPECT_THAT(error_of([&] { perplexity(impossible, counting_lines()); }), testing::HasSubstr("damaged"));
}

TEST(Mixture, WeighsAFairCoinAgainstASureModel) {
  const Corpus corpus = counting_lines();
  Constant half(std::log(0.5)), eighth(std::log(0.125));
  const PairScores scores = score_pair(half, eighth, corpus, false);
  EXPECT_EQ(scores.model.size(), 14U);
  EXPECT_LT(learn_weights(scores).other, 1e-3) << "the other says less of every word";
  EXPECT_GT(learn_weights(score_pair(eighth, half, corpus, false)).other, 1 - 1e-3);
  const auto result = mixture_perplexity(half, eighth, MixtureWeights{}, corpus);
  EXPECT_NEAR(result.model.perplexity, 2, 1e-6);
  EXPECT_NEAR(result.other.perplexity, 8, 1e-6);
  EXPECT_NEAR(result.mixture.perplexity, 1 / 0.3125, 1e-6);
  EXPECT_EQ(result.mixture.tokens, 14);
  Constant never(-INFINITY);
  EXPECT_NEAR(mixture_perplexity(never, half, MixtureWeights{}, corpus).mixture.perplexity, 4, 1e-6);
}

TEST(Mixture, AsksForFrequenciesOnlyWhereTheyAreKnown) {
  Constant half(std::log(0.5));
  EXPECT_THAT(error_of([&] { score_pair(half, half, counting_lines(), true); }), testing::HasSubstr("n-gram"));
  Constant damaged(NAN);
  EXPECT_THAT(error_of([&] { mixture_perplexity(half, damaged, MixtureWeights{}, counting_lines()); }),
              testing::HasSubstr("damaged"));
}

TEST(Cloze, AsksForEveryWordWithItsWindow) {
  Known model(20, false);
  ClozeOptions options;
  options.radius = 3;
  const ClozeResult result = cloze(model, counting_lines(), options);
  EXPECT_EQ(result.windows, 10);
  EXPECT_EQ(result.unknown_windows, 1);
  EXPECT_DOUBLE_EQ(result.coverage(), 10.0 / 11);
  // Known: all that follow a word: 6, 7, 8, 10, 14, 15; nothing is known of 5, 9, 12, 13.
  EXPECT_DOUBLE_EQ(result.accuracy_at_1, 0.6);
  EXPECT_DOUBLE_EQ(result.accuracy_at_10, 0.6);
  EXPECT_NEAR(result.mean_reciprocal_rank, 0.6 + 0.4 / 20, 1e-12);
  EXPECT_TRUE(result.left_only);
  EXPECT_TRUE(torch::equal(model.lefts[0][0], torch::tensor({0, 0, 0})));
  EXPECT_TRUE(torch::equal(model.rights[0][0], torch::tensor({6, 7, 8})));
  EXPECT_TRUE(torch::equal(model.lefts[0][4], torch::tensor({7, 8, 3})));  // over the line's end
  EXPECT_TRUE(torch::equal(model.rights[0][9], torch::tensor({3, 0, 0})));
}

TEST(Cloze, GivesNothingForTies) {
  Known model(20, true);
  const ClozeResult result = cloze(model, counting_lines());
  EXPECT_EQ(result.accuracy_at_10, 0);
  EXPECT_DOUBLE_EQ(result.mean_reciprocal_rank, 1.0 / 20);
}

TEST(Cloze, DrawsTheSamePlacesForTheSameSeed) {
  std::vector<std::vector<TokenId>> lines;
  for (TokenId line = 0; line < 40; ++line) lines.push_back({5, 6, 7, static_cast<TokenId>(8 + line % 10), kEnd});
  const Corpus corpus = Corpus::from_lines(lines, 20);
  const auto asked = [&](std::uint64_t seed) {
    Known model(20, false);
    ClozeOptions options;
    options.samples = 30;
    options.seed = seed;
    options.batch_size = 7;
    EXPECT_EQ(cloze(model, corpus, options).windows, 30);
    return torch::cat(model.lefts);
  };
  EXPECT_TRUE(torch::equal(asked(1), asked(1)));
  EXPECT_FALSE(torch::equal(asked(1), asked(2)));
}

TEST(Cloze, RefusesTextWithoutWords) {
  Known model(20, false);
  EXPECT_THAT(error_of([&] { cloze(model, Corpus::from_lines({{kEnd}}, 20)); }), testing::HasSubstr("no word"));
  EXPECT_THAT(error_of([&] {
                cloze(model, Corpus::from_lines({{kUnknown, kEnd}}, 20));
              }),
              testing::HasSubstr("unknown"));
}

TEST(Abilities, NameTheModelsThatCan) {
  EXPECT_THAT(models_that_can(model_table(), Ability::next_word), testing::HasSubstr("ngram"));
  EXPECT_THAT(models_that_can(model_table(), Ability::word_vectors), testing::Not(testing::HasSubstr("ngram")));
  EXPECT_EQ(models_that_can({}, Ability::cloze), "none");
  EXPECT_THAT(error_of([] { fail_without(Ability::word_vectors, "runs/a (ngram)", model_table()); }),
              testing::HasSubstr("runs/a (ngram) has no word vectors; models that can: "));
}

}  // namespace
}  // namespace zoo
