#include "vectors/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/random.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::int64_t> rows_of(const std::vector<Neighbour>& neighbours) {
  std::vector<std::int64_t> rows;
  for (const auto& neighbour : neighbours) rows.push_back(neighbour.row);
  return rows;
}

TEST(NeighbourSearch, CosinesAgreeWithAPlainLoopInDoublePrecision) {
  Random random(1);
  const std::int64_t size = 300, dimension = 37;
  std::vector<std::string> words;
  std::vector<float> rows;
  for (std::int64_t i = 0; i < size; ++i) words.push_back(fmt::format("w{}", i));
  for (std::int64_t i = 0; i < size * dimension; ++i) rows.push_back(static_cast<float>(random.uniform() - 0.5));
  const NeighbourSearch search(EmbeddingTable(words, rows, dimension));
  const auto cosine = [&](std::int64_t a, std::int64_t b) {
    double dot = 0, aa = 0, bb = 0;
    for (std::int64_t j = 0; j < dimension; ++j) {
      const double x = rows[a * dimension + j], y = rows[b * dimension + j];
      dot += x * y, aa += x * x, bb += y * y;
    }
    return dot / std::sqrt(aa * bb);
  };
  for (std::int64_t query = 0; query < size; query += 23) {
    std::vector<std::pair<double, std::int64_t>> expected;
    for (std::int64_t i = 0; i < size; ++i) {
      if (i != query) expected.emplace_back(-cosine(query, i), i);
    }
    std::sort(expected.begin(), expected.end());
    const auto found = search.nearest(query, 10);
    ASSERT_EQ(found.size(), 10U);
    for (std::size_t k = 0; k < 10; ++k) {
      EXPECT_EQ(found[k].row, expected[k].second);
      EXPECT_NEAR(found[k].score, -expected[k].first, 1e-6);
    }
  }
}

TEST(NeighbourSearch, AnalogyIsBMinusAPlusCOnUnitVectorsWithoutTheQuestion) {
  // The lengths differ a lot: without scaling to unit length the answer would be another.
  const EmbeddingTable table({"man", "king", "woman", "queen", "car"},
                             {9, 0, 0, 9, 0, 9, 0, 0.1F, 0, 0, 0.1F, 0.1F, 0, -1, 0}, 3);
  const NeighbourSearch search(table);
  const auto found = search.analogy(0, 1, 2, 5);
  EXPECT_THAT(rows_of(found), ElementsAre(3, 4));
  // b̂ - â + ĉ = (1/√2 - 1, 1, 1/√2); queen = (0, 1, 1)/√2
  const double x = std::sqrt(0.5) - 1, z = std::sqrt(0.5);
  EXPECT_NEAR(found[0].score, (1 + z) / std::sqrt(2) / std::sqrt(x * x + 1 + z * z), 1e-6);
}

TEST(NeighbourSearch, RestrictionAndExclusionAndRowsWithoutDirection) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const EmbeddingTable table({"a", "b", "zero", "nan", "c", "d"}, {1, 0, 1, 1, 0, 0, nan, 1, 1, 0, 2, 0}, 2);
  EXPECT_THAT(rows_of(NeighbourSearch(table).nearest(0, 10)), ElementsAre(4, 5, 1));
  EXPECT_THAT(rows_of(NeighbourSearch(table).nearest(0, 2)), ElementsAre(4, 5));
  EXPECT_THAT(rows_of(NeighbourSearch(table, 5).nearest(0, 10)), ElementsAre(4, 1));
  EXPECT_THAT(NeighbourSearch(table).nearest(2, 10), IsEmpty());
  EXPECT_THAT(NeighbourSearch(table).nearest(0, 0), IsEmpty());
  EXPECT_THAT(rows_of(NeighbourSearch(table, 99).nearest(0, 1)), ElementsAre(4));
}

TEST(NeighbourSearch, AWordIsFoundInLowerCaseAndAsAPieceOfSentencePiece) {
  const NeighbourSearch search(EmbeddingTable({"King", "queen", "\u2581man"}, {1, 2, 3}, 1));
  EXPECT_EQ(search.find("King"), 0);
  EXPECT_EQ(search.find("king"), std::nullopt);
  EXPECT_EQ(search.find("QUEEN"), 1);
  EXPECT_EQ(search.find("Man"), 2);
}

TEST(NeighbourSearch, AMisspeltWordHasItsLikesNearestFirst) {
  const NeighbourSearch search(EmbeddingTable({"ring", "kings", "sting", "king", "the"}, {1, 2, 3, 4, 5}, 1));
  EXPECT_THAT(search.spelled_like("kinng", 2), ElementsAre("king"));
  EXPECT_THAT(search.spelled_like("kin", 9), ElementsAre("king"));
  EXPECT_THAT(search.spelled_like("kingss", 2), ElementsAre("kings", "king"));
  EXPECT_THAT(search.spelled_like("transformer", 3), IsEmpty());
}

TEST(EmbeddingTable, WordsAndRowsMustFit) {
  EXPECT_THAT(error_of([] { EmbeddingTable({"a"}, std::vector<float>{1, 2, 3}, 2); }), HasSubstr("do not fit"));
  EXPECT_THAT(error_of([] { EmbeddingTable({}, std::vector<float>{}, 2); }), HasSubstr("no word"));
  EXPECT_THAT(error_of([] { EmbeddingTable({"a"}, std::vector<float>{}, 0); }), HasSubstr("dimensions"));
}

TEST(EmbeddingTable, ADoubledWordIsFoundAtItsFirstRow) {
  const EmbeddingTable table({"a", "b", "a"}, {1, 2, 3}, 1);
  EXPECT_EQ(table.find("a"), 0);
  EXPECT_EQ(table.doubled_words(), 1);
  EXPECT_THAT(table.norms(), ElementsAre(1, 2, 3));
}

TEST(EmbeddingTable, SeveralThreadsMeasureTheSameRows) {
  std::vector<std::string> words;
  std::vector<float> rows;
  for (int i = 0; i < 1000; ++i) {
    words.push_back(std::to_string(i));
    rows.push_back(static_cast<float>(i));
  }
  const EmbeddingTable table(words, rows, 1);
  run_on_threads(4, [&](int thread) {
    for (std::int64_t begin = 97 * thread; begin < 1000; begin += 50) {
      const auto norms = table.norms(begin, std::min<std::int64_t>(1000, begin + 70));
      for (std::size_t i = 0; i < norms.size(); ++i)
        ASSERT_EQ(norms[i], static_cast<float>(begin) + static_cast<float>(i));
    }
  });
  EXPECT_EQ(std::vector<float>(table.norms().begin(), table.norms().end()), rows);
  EXPECT_TRUE(table.norms(0).empty());
  EXPECT_THAT(table.norms(999, 1000), ElementsAre(999));
}

}  // namespace
}  // namespace zoo
