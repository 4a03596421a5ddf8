#include <gtest/gtest.h>

#include <cmath>

#include "models/layers/huffman.h"
#include "models/word2vec/word2vec.h"

namespace zoo::word2vec {
namespace {

const std::vector<std::int64_t> kCounts = {0, 3, 0, 9, 0, 50, 20, 10, 5, 0, 15};
constexpr double kSum = 100;
constexpr double kSample = 0.05;

double text(std::size_t w) { return static_cast<double>(kCounts[w]) / kSum; }
double keep(std::size_t w) { return std::min(1.0, (std::sqrt(text(w) / kSample) + 1) * kSample / text(w)); }
double noise(std::size_t w) {
  double total = 0;
  for (std::size_t v = 5; v < kCounts.size(); ++v) total += std::pow(kCounts[v], 0.75);
  return std::pow(kCounts[w], 0.75) / total;
}

std::unique_ptr<Model> model_of(const std::string& architecture, const std::string& objective, bool ngrams = false) {
  VocabularyFacts facts;
  facts.size = static_cast<std::int64_t>(kCounts.size());
  facts.counts = kCounts;
  facts.pieces = {"", "", "", "", "", "one", "two", "three", "four", "five", "six"};
  auto model = kind().create({{"architecture", architecture},
                              {"objective", objective},
                              {"dim", 6},
                              {"window", 2},
                              {"sample", kSample},
                              {"max_n", ngrams ? 4 : 0},
                              {"buckets", 20}},
                             facts);
  const torch::NoGradGuard no_gradient;
  torch::manual_seed(4);
  for (std::size_t i = 0; i < 2; ++i) model->parts()[i].second.uniform_(-1, 1);
  return model;
}

const Tensor kLeft = torch::tensor({{6, 5, 7}, {0, 0, 0}}, torch::kInt64);   // the nearest last; 6 is beyond the window
const Tensor kRight = torch::tensor({{8, 1, 6}, {0, 0, 0}}, torch::kInt64);  // 1 is unknown
const std::vector<std::int64_t> kSeen = {5, 7, 8};

/// log P(w | neighbours) up to a constant, word by word as cloze.h's formulas say.
double wanted(Model& model, bool cbow, bool tree, std::size_t w) {
  const auto input = model.parts()[0].second, output = model.parts()[1].second;
  const Huffman huffman(kCounts);
  const auto log_likelihood = [&](const Tensor& h) {  // log P'(w|h), up to a constant
    if (!tree) return h.dot(output[static_cast<std::int64_t>(w)]).item<double>() + std::log(noise(w));
    double sum = 0;
    for (const auto& step : huffman.path(static_cast<TokenId>(w))) {
      const double score = h.dot(output[step.node]).item<double>();
      sum -= std::log1p(std::exp(step.bit ? score : -score));
    }
    return sum;
  };
  const double seen = std::log(text(w) * keep(w));
  if (cbow) {
    auto h = torch::zeros({6});
    for (const auto c : kSeen) h += input[c] / static_cast<double>(kSeen.size());
    return std::log(text(w)) + log_likelihood(h) - seen;
  }
  double sum = std::log(text(w));
  for (const auto c : kSeen) sum += log_likelihood(input[c]) - seen;
  return sum;
}

TEST(Cloze, RanksByTheProbabilityThatTheObjectiveImplies) {
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      const auto model = model_of(architecture, objective);
      const auto scores = model->cloze()->cloze(kLeft, kRight);  // [2, V]
      ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{2, 11}));
      for (const std::size_t w : {6, 7, 8, 10}) {
        const auto id = static_cast<std::int64_t>(w);
        const double made = (scores[0][id] - scores[0][5]).item<double>();
        const bool cbow = architecture == "cbow", tree = objective == "hierarchical-softmax";
        EXPECT_NEAR(made, wanted(*model, cbow, tree, w) - wanted(*model, cbow, tree, 5), 1e-4)
            << architecture << " " << objective << " " << w;
        EXPECT_NEAR((scores[1][id] - scores[1][5]).item<double>(), std::log(text(w) / text(5)), 1e-5);  // no neighbours
      }
      for (const std::int64_t id : {0, 1, 2, 3, 4, 9}) EXPECT_EQ(scores[0][id].item<float>(), -INFINITY);
    }
  }
}

/// Skip-gram with n-grams predicts the neighbours from the word: log P(w) + Σ_c log P'(c|w).
TEST(Cloze, OfSkipGramWithNgramsIsThatOfItsNeighboursGivenTheWord) {
  for (const bool tree : {false, true}) {
    const auto model = model_of("skip-gram", tree ? "hierarchical-softmax" : "negative-sampling", true);
    const auto vectors = model->word_vectors()->vectors(), output = model->parts()[1].second;
    const Huffman huffman(kCounts);
    const auto score = [&](std::int64_t w) {
      double sum = std::log(text(static_cast<std::size_t>(w)));
      for (const auto c : kSeen) {
        if (!tree) sum += vectors[w].dot(output[c]).item<double>();
        if (!tree) continue;
        for (const auto& step : huffman.path(static_cast<TokenId>(c))) {
          const double turn = vectors[w].dot(output[step.node]).item<double>();
          sum -= std::log1p(std::exp(step.bit ? turn : -turn));
        }
      }
      return sum;
    };
    const auto scores = model->cloze()->cloze(kLeft, kRight);  // [2, V]
    for (const std::int64_t w : {6, 7, 8, 10}) {
      EXPECT_NEAR((scores[0][w] - scores[0][5]).item<double>(), score(w) - score(5), 1e-4) << tree << " " << w;
    }
  }
}

}  // namespace
}  // namespace zoo::word2vec
