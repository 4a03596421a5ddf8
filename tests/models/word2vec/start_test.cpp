#include "models/word2vec/start.h"

#include <gtest/gtest.h>

#include "models/word2vec/word2vec.h"
#include "tests/support/errors.h"

namespace zoo::word2vec {
namespace {

VocabularyFacts facts_of(std::vector<std::string> words) {
  VocabularyFacts facts;
  facts.pieces = {"<pad>", "<unk>", "<s>", "</s>", "<mask>"};
  facts.pieces.insert(facts.pieces.end(), words.begin(), words.end());
  facts.size = static_cast<std::int64_t>(facts.pieces.size());
  return facts;
}

std::unique_ptr<Model> model_of(const Json& options, const std::vector<std::string>& words) {
  Json all = {{"dim", 6}, {"buckets", 40}};
  all.update(options);
  return kind().create(all, facts_of(words));
}

void start_from(Model& model, const StartVectors& start) { dynamic_cast<StartsFromVectors&>(model).start_from(start); }

/// Vectors of 6 components for "two" and "four" of the words one, two, three, four.
StartVectors two_vectors() {
  StartVectors start;
  start.from = "vectors.txt";
  start.rows = {-1, -1, -1, -1, -1, -1, 0, -1, 1};
  start.vectors = torch::zeros({9, 6});
  start.vectors[6].fill_(0.25);
  start.vectors[8] = torch::arange(6).to(torch::kFloat32) / 10;
  return start;
}

TEST(Start, GivesWordsTheirVectorsAndLeavesTheOthers) {
  for (const std::int64_t max_n : {0, 4}) {
    const Json options = {{"max_n", max_n}};
    const std::vector<std::string> words = {"one", "two", "three", "four"};
    const auto plain = model_of(options, words), started = model_of(options, words);
    plain->initialise(3);
    start_from(*started, two_vectors());
    started->initialise(3);
    const auto before = plain->word_vectors()->vectors(), now = started->word_vectors()->vectors();
    for (const std::int64_t id : {6, 8}) {
      EXPECT_TRUE(torch::allclose(now[id], two_vectors().vectors[id], 0, 1e-6)) << max_n << " " << id;
    }
    for (const std::int64_t id : {0, 3, 5, 7}) EXPECT_TRUE(torch::equal(now[id], before[id])) << max_n << " " << id;
    started->initialise(3);  // once only
    EXPECT_TRUE(torch::equal(started->word_vectors()->vectors(), before));
  }
}

/// A run of words one, two, three; the new vocabulary has them in another order and one more.
TEST(Start, FromARunTakesInputAndOutputRowsOfItsWords) {
  for (const std::int64_t max_n : {0, 4}) {
    const Json options = {{"max_n", max_n}};
    const auto run = model_of(options, {"one", "two", "three"});
    {
      const torch::NoGradGuard no_gradient;
      torch::manual_seed(2);
      run->initialise(1);
      for (auto& [name, tensor] : run->parts()) {
        if (name != "counts") tensor.slice(0, name == "ngrams.weight" ? 0 : kSpecialTokens).uniform_(-1, 1);
      }
      run->load_parts(run->parts());
    }
    StartVectors start;
    start.from = "runs/old";
    start.rows = {-1, -1, -1, -1, -1, 7, -1, 5, 6};
    start.options = run->options();
    start.parts = run->parts();
    start.vectors = torch::zeros({9, 6});
    const auto old = run->word_vectors()->vectors();
    for (const auto& [id, row] : {std::pair{5, 7}, std::pair{7, 5}, std::pair{8, 6}}) start.vectors[id] = old[row];
    const auto grown = model_of(options, {"three", "new", "one", "two"});
    start_from(*grown, start);
    grown->initialise(1);
    const auto now = grown->word_vectors()->vectors();
    for (const auto& [id, row] : {std::pair{5, 7}, std::pair{7, 5}, std::pair{8, 6}}) {
      EXPECT_TRUE(torch::allclose(now[id], old[row], 0, 1e-6)) << max_n;
      EXPECT_TRUE(torch::equal(grown->parts()[1].second[id], run->parts()[1].second[row])) << max_n;
    }
    EXPECT_EQ(grown->parts()[1].second[6].abs().sum().item<float>(), 0);
    if (max_n > 0) {
      EXPECT_TRUE(torch::equal(grown->parts()[3].second, run->parts()[3].second));
    }
  }
}

TEST(Start, HoldsComponentsWithinTheLimits) {
  auto start = two_vectors();
  start.vectors[6].fill_(1e9);
  const auto model = model_of(Json::object(), {"one", "two", "three", "four"});
  start_from(*model, start);
  model->initialise(1);
  EXPECT_EQ(model->word_vectors()->vectors()[6].max().item<float>(), kLargest);
}

TEST(Start, RefusesVectorsOfAnotherWidth) {
  const auto model = model_of({{"dim", 7}}, {"one", "two", "three", "four"});
  EXPECT_THAT(error_of([&] { start_from(*model, two_vectors()); }), testing::HasSubstr("give --dim 6"));
}

}  // namespace
}  // namespace zoo::word2vec
