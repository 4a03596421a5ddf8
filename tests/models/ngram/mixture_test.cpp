// Mixtures of two n-gram models, against an implementation with plain dictionaries (tests/parity/make_ngram.py).
#include "evaluation/mixture.h"

#include <cmath>

#include "base/json.h"
#include "tests/models/ngram/trained.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::ngram {
namespace {

class NgramMixture : public testing::Test {
 protected:
  NgramMixture()
      : golden_(read_json(ZOO_SOURCE_DIR "/tests/data/ngram/golden.json")["mixture"]),
        model_(trained("kneser-ney", 3, corpus("ids"))),
        other_(trained("deleted-interpolation", 3, corpus("ids"))) {}

  Corpus corpus(const char* text) const {
    return corpus_of(golden_[text].get<std::vector<TokenId>>(), golden_["vocabulary"].get<std::int64_t>());
  }
  void expect_near(double got, const char* what, const char* text) const {
    EXPECT_NEAR(got / golden_[what][text].get<double>(), 1, 1e-5) << what << " " << text;
  }
  const NextWord& model() const { return *model_->next_word(); }
  const NextWord& other() const { return *other_->next_word(); }

  Json golden_;
  std::unique_ptr<Model> model_, other_;
};

TEST_F(NgramMixture, LearnsTheWeightThatAnIndependentImplementationLearns) {
  const Corpus valid = corpus("valid"), test = corpus("test");
  const PairScores scores = score_pair(model(), other(), valid, false);
  const MixtureWeights weights = learn_weights(scores);
  EXPECT_NEAR(weights.other, golden_["constant"]["weight"].get<double>(), 1e-4);
  EXPECT_TRUE(weights.by_bin.empty());
  const auto learned = mixture_perplexity(scores, weights, valid);
  expect_near(learned.model.perplexity, "model", "valid");
  expect_near(learned.other.perplexity, "other", "valid");
  expect_near(learned.mixture.perplexity, "constant", "valid");
  const auto measured = mixture_perplexity(model(), other(), weights, test);
  expect_near(measured.model.perplexity, "model", "test");
  expect_near(measured.other.perplexity, "other", "test");
  expect_near(measured.mixture.perplexity, "constant", "test");
  expect_near(mixture_perplexity(model(), other(), MixtureWeights{}, test).mixture.perplexity, "half", "test");
}

TEST_F(NgramMixture, LearnsAWeightForEachFrequencyOfTheContext) {
  const Corpus valid = corpus("valid"), test = corpus("test");
  const PairScores scores = score_pair(model(), other(), valid, true);
  const MixtureWeights weights = learn_weights(scores);
  const Json& wanted = golden_["by_frequency"];
  EXPECT_EQ(weights.tokens, wanted["tokens"].get<std::vector<std::int64_t>>());
  ASSERT_EQ(weights.by_bin.size(), wanted["weights"].size());
  for (std::size_t bin = 0; bin < weights.by_bin.size(); ++bin) {
    EXPECT_NEAR(weights.by_bin[bin], wanted["weights"][bin].get<double>(), 1e-3) << bin;
  }
  expect_near(mixture_perplexity(scores, weights, valid).mixture.perplexity, "by_frequency", "valid");
  expect_near(mixture_perplexity(model(), other(), weights, test).mixture.perplexity, "by_frequency", "test");
}

TEST_F(NgramMixture, KnowsBackOffModelsByTheLongestContextSeen) {
  const Corpus valid = corpus("valid");
  const PairScores scores = score_pair(other(), model(), valid, true);
  const auto weights = learn_weights(scores);
  const auto constant = learn_weights(score_pair(other(), model(), valid, false));
  EXPECT_NEAR(weights.other, constant.other, 1e-12);
  EXPECT_LT(mixture_perplexity(scores, weights, valid).mixture.perplexity,
            mixture_perplexity(scores, constant, valid).mixture.perplexity);
  std::int64_t tokens = 0, used = 0;
  for (const auto count : weights.tokens) {
    tokens += count;
    used += count > 0;
  }
  EXPECT_EQ(tokens, valid.size());
  EXPECT_GT(used, 3);
}

TEST_F(NgramMixture, IsALanguageModelOfItsOwn) {
  const Corpus test = corpus("test");
  Mixture mixture(model(), other(), 0.3);
  MixtureWeights weights;
  weights.other = 0.3;
  EXPECT_NEAR(perplexity(mixture, test).perplexity,
              mixture_perplexity(model(), other(), weights, test).mixture.perplexity, 1e-3);
  const Tensor context = torch::tensor({{3, 3, 7}, {8, 5, 9}});
  const Tensor next = mixture.next(context).to(torch::kDouble).exp();  // [2, V]
  EXPECT_TRUE(torch::allclose(next.sum(1), torch::ones({2}, torch::kDouble), 0, 1e-5));
  const Tensor wanted = 0.7 * model().next(context).exp() + 0.3 * other().next(context).exp();  // [2, V]
  EXPECT_TRUE(torch::allclose(next, wanted.to(torch::kDouble), 1e-5));
  State state;
  mixture.advance(context.slice(1, 0, 2), state);
  EXPECT_TRUE(torch::equal(mixture.advance(context.slice(1, 2), state), mixture.next(context)));
  EXPECT_THROW(Mixture(model(), other(), 1.1), UsageError);
  EXPECT_THROW(Mixture(model(), other(), NAN), UsageError);
}

TEST_F(NgramMixture, AWeightOfNoughtOrOneIsOneOfTheTwo) {
  const Corpus test = corpus("test");
  for (const double weight : {0.0, 1.0}) {
    MixtureWeights weights;
    weights.other = weight;
    const auto result = mixture_perplexity(model(), other(), weights, test);
    EXPECT_DOUBLE_EQ(result.mixture.perplexity, weight == 0 ? result.model.perplexity : result.other.perplexity);
  }
}

}  // namespace
}  // namespace zoo::ngram
