#include "vectors/text_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/json.h"
#include "base/random.h"
#include "formats/vector_file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kData = ZOO_SOURCE_DIR "/tests/data/vectors";

struct TextQuestions : testing::Test {
  Json golden = read_json(kData / "queries.json");
  NeighbourSearch search{read_vectors(kData / "gensim.bin")};
  std::int64_t row(const Json& word) const { return *search.find(word.get<std::string>()); }
};

TEST_F(TextQuestions, ThreeCosMulIsThatOfThePaper) {
  for (const auto& entry : golden["cosmul"]) {
    const auto found = search.analogy(row(entry["a"]), row(entry["b"]), row(entry["c"]), 5, AnalogyMethod::multiply);
    ASSERT_EQ(found.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(search.table().word(found[i].row), entry["answers"][i][0].get<std::string>());
      EXPECT_NEAR(found[i].score, entry["answers"][i][1].get<double>(), 1e-4);  // up to 1000 where cos(d, a) is −1
    }
  }
}

TEST_F(TextQuestions, TheOddOneOutIsGensims) {
  for (const auto& entry : golden["odd"]) {
    const auto words = entry["words"].get<std::vector<std::string>>();
    std::vector<WordVector> vectors;
    for (const auto& word : words) vectors.push_back(*search.look_up(word));
    const auto order = odd_one_out(vectors);
    ASSERT_EQ(order.size(), words.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(words[order[i].word], entry["order"][i][0].get<std::string>());
      EXPECT_NEAR(order[i].cosine, entry["order"][i][1].get<double>(), 2e-6);
    }
  }
}

TEST_F(TextQuestions, SimilarityAndWordMoversDistanceOfTextsAreThoseOfNumpyAndScipy) {
  for (const auto& entry : golden["texts"]) {
    const auto first = words_of(search, entry["first"].get<std::string>());
    const auto second = words_of(search, entry["second"].get<std::string>());
    EXPECT_TRUE(first.unknown.empty() && second.unknown.empty()) << entry["first"];
    EXPECT_NEAR(similarity(first, second), entry["similarity"].get<double>(), 2e-6) << entry["first"];
    EXPECT_NEAR(word_movers_distance(first, second), entry["distance"].get<double>(), 2e-6) << entry["first"];
    EXPECT_NEAR(word_movers_distance(second, first), entry["distance"].get<double>(), 2e-6) << entry["first"];
  }
}

TEST_F(TextQuestions, WordsOfATextAreFoundWithoutThePunctuationAroundThem) {
  const auto text = words_of(search, "  The \"king\", of Narnia!\t(don't) , \n");
  EXPECT_THAT(text.words, ElementsAre("the", "king", "of", "don't", ","));
  EXPECT_THAT(text.unknown, ElementsAre("Narnia!"));
  EXPECT_THAT(error_of([&] { similarity(words_of(search, "Narnia Aslan"), text); }),
              HasSubstr("none of the words 'Narnia Aslan' is known"));
  EXPECT_THAT(error_of([&] { word_movers_distance(text, words_of(search, "")); }), HasSubstr("none of the words ''"));
}

TEST_F(TextQuestions, TooFewWordsAndVectorsWithoutDirectionHaveNoAnswer) {
  const NeighbourSearch flat(EmbeddingTable({"left", "right", "zero", "up"}, {1, 0, -1, 0, 0, 0, 0, 1}, 2));
  const auto left = *flat.look_up("left"), right = *flat.look_up("right"), up = *flat.look_up("up");
  EXPECT_THAT(error_of([&] { odd_one_out({left, up}); }), HasSubstr("at least three"));
  EXPECT_THAT(error_of([&] { odd_one_out({left, up, *flat.look_up("zero")}); }), HasSubstr("zero or not a number"));
  EXPECT_THAT(error_of([&] { similarity(words_of(flat, "left right"), words_of(flat, "up")); }),
              HasSubstr("cancel each other out"));
  EXPECT_THAT(words_of(flat, "zero up").unknown, ElementsAre("zero"));
  EXPECT_EQ(flat.scan(std::vector{flat.like(left, *flat.look_up("zero"), up, AnalogyMethod::multiply)}, 3)[0].size(),
            0U);
}

TEST_F(TextQuestions, AWordWithoutARowHasTheVectorOfItsNgrams) {
  const NeighbourSearch fast(read_vectors(kData / "gensim_fasttext.bin"));
  const auto expected = read_json(kData / "fasttext.json")["gensim_fasttext.bin"]["vectors"]["kingdom"];
  const auto made = fast.look_up("kingdom");
  ASSERT_TRUE(made && !made->row);
  const double length = std::sqrt(std::accumulate(expected.begin(), expected.end(), 0.0, [](double sum, const Json& x) {
    return sum + x.get<double>() * x.get<double>();
  }));
  for (std::size_t j = 0; j < 7; ++j) EXPECT_NEAR(made->unit[j], expected[j].get<double>() / length, 1e-5);
  EXPECT_EQ(fast.scan(std::vector{fast.near(*made)}, 3)[0].size(), 3U);
  EXPECT_EQ(search.look_up("kingdom"), std::nullopt);
  EXPECT_EQ(search.unknown_word("quen"), "'quen' is not among the 24 words; spelled alike: queen");
}

/// The least cost over all ways to pair off units, for small problems.
double by_trying(const std::vector<std::size_t>& from, std::vector<std::size_t> to, const std::vector<double>& cost,
                 std::size_t columns) {
  double least = 1e300;
  std::sort(to.begin(), to.end());
  do {
    double sum = 0;
    for (std::size_t i = 0; i < from.size(); ++i) sum += cost[from[i] * columns + to[i]];
    least = std::min(least, sum);
  } while (std::next_permutation(to.begin(), to.end()));
  return least;
}

TEST(Transport, CostsNoMoreThanAnyOtherWay) {
  Random random(9);
  for (int round = 0; round < 60; ++round) {
    const std::size_t n = 1 + random.below(4), m = 1 + random.below(4);
    std::vector<std::int64_t> supply(n, 0), demand(m, 0);
    std::vector<std::size_t> from, to;
    for (int unit = 0; unit < 7; ++unit) {
      from.push_back(random.below(n)), to.push_back(random.below(m));
      ++supply[from.back()], ++demand[to.back()];
    }
    std::vector<double> cost;
    for (std::size_t i = 0; i < n * m; ++i) cost.push_back(round % 3 == 0 ? double(random.below(3)) : random.uniform());
    EXPECT_NEAR(least_transport_cost(supply, demand, cost), by_trying(from, to, cost, m), 1e-9);
  }
  EXPECT_EQ(least_transport_cost({3}, {3}, {0.0}), 0);
  EXPECT_THAT(error_of([] { least_transport_cost({1}, {1}, {}); }), HasSubstr("do not go with"));
}

TEST(RowScan, AnswersAreTheSameForAnyNumberOfThreadsAndOfQueries) {
  Random random(4);
  const std::int64_t size = 3000, dimension = 50;
  std::vector<std::string> words;
  std::vector<float> rows;
  for (std::int64_t i = 0; i < size; ++i) words.push_back(fmt::format("w{}", i));
  for (std::int64_t i = 0; i < size * dimension; ++i) rows.push_back(static_cast<float>(random.uniform() - 0.5));
  std::copy_n(rows.begin(), dimension, rows.begin() + 2000 * dimension);  // two equal rows
  const NeighbourSearch search(EmbeddingTable(words, rows, dimension), 2500);
  std::vector<RowQuery> queries;
  for (std::int64_t i = 0; i < 60; ++i) {
    const auto a = search.at(i), b = search.at(i + 1), c = search.at(i + 2);
    queries.push_back(i % 3 == 0   ? search.near(a)
                      : i % 3 == 1 ? search.like(a, b, c, AnalogyMethod::add)
                                   : search.like(a, b, c, AnalogyMethod::multiply));
  }
  queries.push_back({});  // asks nothing
  const auto together = search.scan(queries, 7, 1);
  for (const int threads : {2, 5}) {
    const auto again = search.scan(queries, 7, threads);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      ASSERT_EQ(again[q].size(), together[q].size());
      for (std::size_t k = 0; k < again[q].size(); ++k) {
        EXPECT_EQ(again[q][k].row, together[q][k].row);
        EXPECT_EQ(again[q][k].score, together[q][k].score);
        EXPECT_LT(again[q][k].row, 2500);
      }
    }
  }
  for (std::size_t q = 0; q < 9; ++q) {
    const auto alone = search.scan(std::span(&queries[q], 1), 7, 1)[0];
    for (std::size_t k = 0; k < alone.size(); ++k) EXPECT_EQ(alone[k].row, together[q][k].row);
  }
  EXPECT_TRUE(together.back().empty());
  EXPECT_EQ(search.nearest(0, 1)[0].row, 2000);
}

}  // namespace
}  // namespace zoo
