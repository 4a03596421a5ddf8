#include "report/compared_scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zoo {
namespace {

std::vector<Json> lines(const std::string& key, int count) {
  std::vector<Json> metrics;
  for (int i = 1; i <= count; ++i) {
    metrics.push_back({{"step", i}, {"tokens", 100.0 * i}, {"seconds", 60.0 * i}, {key, 10.0 / i}});
  }
  return metrics;
}

TEST(Curve, SaysWhatIsOnItAndCountsTokensAndMinutes) {
  const auto curve = learning_curve(lines("valid_perplexity", 4), "NNLM");
  EXPECT_EQ(curve["measure"], "Perplexity of the validation text");
  EXPECT_EQ(curve["points"],
            Json::parse("[[100.0,1.0,10.0],[200.0,2.0,5.0],[300.0,3.0,3.3333333333333335],[400.0,4.0,2.5]]"));
}

TEST(Curve, LossesOfDifferentObjectivesHaveDifferentNames) {
  const auto a = learning_curve(lines("loss", 3), "A"), b = learning_curve(lines("loss", 3), "B");
  EXPECT_NE(a["measure"], b["measure"]);
  EXPECT_EQ(learning_curve(lines("perplexity", 3), "A")["measure"],
            learning_curve(lines("perplexity", 3), "B")["measure"]);
}

TEST(Curve, TwoValidationsAreNone) {
  auto metrics = lines("perplexity", 5);
  metrics[0]["valid_perplexity"] = metrics[1]["valid_perplexity"] = 3.0;
  EXPECT_EQ(learning_curve(metrics, "A")["points"].size(), 5u);
  EXPECT_TRUE(learning_curve(lines("loss", 1), "A").is_null());
  EXPECT_TRUE(learning_curve({}, "A").is_null());
}

TEST(Curve, ALongOneIsThinnedAndKeepsItsEnd) {
  const auto points = learning_curve(lines("loss", 1001), "A", 100)["points"];
  EXPECT_LE(points.size(), 102u);
  EXPECT_EQ(points.back()[0], 100100.0);
}

TEST(Seeds, AMeasureThatOneSeedLacksIsTheMeanOfTheOthers) {
  const auto row = row_of_seeds({{{"seed", 1}, {"perplexity", 10.0}, {"minutes", 1.0}, {"ended", "x"}},
                                 {{"seed", 2}, {"perplexity", 14.0}, {"minutes", 3.0}, {"ended", "x"}}});
  EXPECT_EQ(row["perplexity"], 12.0);
  EXPECT_NEAR(row["perplexity_deviation"].get<double>(), 2.8284271247, 1e-9);
  EXPECT_EQ(row["minutes"], 2.0);
  EXPECT_FALSE(row.contains("minutes_deviation"));
  EXPECT_EQ(row["ended"], "x");
  EXPECT_EQ(row["runs"].size(), 2u);
}

TEST(Seeds, OneSeedHasNoDeviation) {
  const auto row = row_of_seeds({{{"seed", 1}, {"perplexity", 10.0}}});
  EXPECT_EQ(row["perplexity"], 10.0);
  EXPECT_FALSE(row.contains("perplexity_deviation"));
}

TEST(Words, KnownOnesGoFirstThenFrequentOnes) {
  class Pieces : public Tokenizer {
   public:
    std::vector<std::string> words = {"<pad>", "<unk>", "<s>",   "</s>",  "<mask>",
                                      "the",   "water", "which", "12345", "house"};
    std::string_view type() const override { return "word"; }
    std::int64_t size() const override { return static_cast<std::int64_t>(words.size()); }
    void encode(std::string_view, std::vector<TokenId>&) const override {}
    std::string decode(std::span<const TokenId>) const override { return ""; }
    std::string normalise(std::string_view line) const override { return std::string(line); }
    std::string_view piece(TokenId id) const override { return words[static_cast<std::size_t>(id)]; }
    std::optional<TokenId> id(std::string_view piece) const override {
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == piece) return static_cast<TokenId>(i);
      }
      return std::nullopt;
    }
    std::string fingerprint() const override { return ""; }
    void save(const std::filesystem::path&) const override {}
  } pieces;
  const std::vector<std::uint64_t> counts = {0, 0, 0, 0, 0, 99, 20, 50, 70, 60};
  EXPECT_EQ(words_to_show(pieces, counts, 3), (std::vector<std::string>{"water", "house", "which"}));
  EXPECT_EQ(words_to_show(pieces, counts, 9).size(), 3u);
}

TEST(Unigram, IsTheSharesOfTheTrainingText) {
  // (3+1)/7, (1+1)/7, (0+1)/7 with N = 4, V = 3
  const std::vector<std::uint64_t> train = {3, 1, 0}, test = {1, 1, 1};
  EXPECT_NEAR(unigram_perplexity(train, test), std::pow(7.0 * 7 * 7 / 8, 1.0 / 3), 1e-12);
}

}  // namespace
}  // namespace zoo
