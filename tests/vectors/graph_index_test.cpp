#include "vectors/graph_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/files.h"
#include "base/random.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "vectors/neighbours.h"

namespace zoo {
namespace {

EmbeddingTable random_table(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::string> words;
  std::vector<float> rows;
  for (std::int64_t row = 0; row < count; ++row) {
    words.push_back("w" + std::to_string(row));
    for (std::int64_t j = 0; j < dimension; ++j) rows.push_back(static_cast<float>(random.uniform() - 0.5));
  }
  return {words, rows, dimension};
}

/// The share of the ten nearest of each row that the graph finds.
double found_share(const EmbeddingTable& table, std::shared_ptr<const GraphIndex> index) {
  NeighbourSearch exact(table), quick(table);
  quick.use(std::move(index));
  std::vector<RowQuery> queries;
  for (std::int64_t row = 0; row < table.size(); ++row) queries.push_back(exact.near(exact.at(row)));
  const auto all = exact.scan(queries, 10), found = quick.scan(queries, 10);
  double right = 0, wanted = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (const auto& one : found[i]) EXPECT_NE(one.row, static_cast<std::int64_t>(i));
    EXPECT_TRUE(std::is_sorted(found[i].begin(), found[i].end(),
                               [](const Neighbour& a, const Neighbour& b) { return a.score > b.score; }));
    for (const auto& one : all[i]) {
      wanted += 1;
      const auto same = std::find_if(found[i].begin(), found[i].end(), [&](const auto& x) { return x.row == one.row; });
      if (same == found[i].end()) continue;
      right += 1;
      EXPECT_NEAR(same->score, one.score, 1e-5);
    }
  }
  return right / wanted;
}

TEST(GraphIndex, FindsNearlyAllThatAScanFinds) {
  const auto table = random_table(2000, 16, 1);
  auto index = std::make_shared<GraphIndex>(GraphIndex::build(table, table.size(), 2));
  index->set_candidates(10);
  EXPECT_GT(found_share(table, index), 0.75);
  index->set_candidates(200);
  EXPECT_GT(found_share(table, index), 0.99);
}

TEST(GraphIndex, AnswersTheSameFromItsFile) {
  const auto table = random_table(300, 7, 2);
  const TemporaryFolder folder;
  const auto path = folder.path() / "vectors.hnsw";
  const auto made = GraphIndex::build(table, 200, 1);
  made.save(path);
  const auto opened = GraphIndex::open(path, table, 200);
  const NeighbourSearch search(table, 200);
  for (std::int64_t row = 0; row < 200; ++row) {
    const auto query = search.near(search.at(row));
    const auto a = made.nearest(query, 5), b = opened.nearest(query, 5);
    ASSERT_EQ(a.size(), 5U);
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].row, b[i].row);
      EXPECT_EQ(a[i].score, b[i].score);
      EXPECT_LT(a[i].row, 200);
    }
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(GraphIndex, LeavesOutRowsWithoutDirection) {
  const EmbeddingTable table({"a", "b", "c", "d"}, {1, 0, 0, 0, 0, 1, 1, 1}, 2);
  const TemporaryFolder folder;
  GraphIndex::build(table, 4).save(folder.path() / "g");
  const auto opened = GraphIndex::open(folder.path() / "g", table, 4);
  const NeighbourSearch search(table);
  const auto found = opened.nearest(search.near(search.at(0)), 10);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].row, 3);
  EXPECT_TRUE(opened.nearest(search.near(search.at(1)), 10).empty());
  const EmbeddingTable none({"a"}, {0, 0}, 2);
  EXPECT_THAT(error_of([&] { GraphIndex::build(none, 1); }), testing::HasSubstr("no vector has a direction"));
}

TEST(GraphIndex, RefusesAGraphOfOtherVectors) {
  const auto table = random_table(100, 8, 3);
  const TemporaryFolder folder;
  const auto path = folder.path() / "g";
  GraphIndex::build(table, 100).save(path);
  const auto refused = [&](const EmbeddingTable& other, std::int64_t count) {
    return error_of([&] { GraphIndex::open(path, other, count); });
  };
  EXPECT_THAT(refused(random_table(100, 8, 4), 100), testing::HasSubstr("a graph of other vectors"));
  EXPECT_THAT(refused(random_table(101, 8, 3), 101), testing::HasSubstr("a graph of other vectors"));
  EXPECT_THAT(refused(table, 99), testing::HasSubstr("a graph of 100 vectors, among 99"));
  EXPECT_THAT(refused(random_table(100, 9, 3), 100),
              testing::HasSubstr("a graph of vectors of dimension 8, these have 9"));
  EXPECT_THAT(error_of([&] { GraphIndex::build(table, 100).save(folder.path() / "no" / "g"); }),
              testing::HasSubstr("cannot be written to its end"));
}

/// Whatever stands in the file, it is one error or a graph that answers without reading where nothing is.
TEST(GraphIndex, SurvivesFilesThatAreCutShortOrChanged) {
  const auto table = random_table(30, 3, 5);
  const TemporaryFolder folder;
  const auto path = folder.path() / "g";
  GraphIndex::build(table, 30, 1).save(path);
  const auto whole = read_file(path);
  const NeighbourSearch search(table);
  int refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    write_file_atomically(path, bytes);
    try {
      const auto opened = GraphIndex::open(path, table, 30);
      for (std::int64_t row = 0; row < 30; ++row) opened.nearest(search.near(search.at(row)), 30);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(path.string()));
      ++refused;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 97) attempt(whole.substr(0, size));
  EXPECT_EQ(refused, (std::ssize(whole) + 96) / 97);
  attempt(whole + "more");
  EXPECT_EQ(refused, (std::ssize(whole) + 96) / 97 + 1);
  for (std::size_t place = 0; place + 4 <= whole.size(); place += 4) {
    for (const std::uint32_t value : {0xffffffffU, 29U}) {
      auto changed = whole;
      std::memcpy(changed.data() + place, &value, sizeof value);
      attempt(changed);
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace zoo
