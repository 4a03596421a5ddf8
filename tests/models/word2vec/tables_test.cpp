#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "models/layers/huffman.h"
#include "models/word2vec/noise.h"
#include "models/word2vec/subsampling.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::word2vec {
namespace {

using Counts = std::vector<std::int64_t>;

TEST(Huffman, HasTheCodeLengthsOfAnIndependentTree) {
  const auto golden = read_json(std::string(ZOO_SOURCE_DIR) + "/tests/data/word2vec/parity.json")["huffman"];
  const auto counts = golden["counts"].get<Counts>();
  const Huffman tree(counts);
  std::int64_t total = 0;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    const auto length = static_cast<std::int64_t>(tree.path(static_cast<TokenId>(id)).size());
    EXPECT_EQ(length, golden["lengths"][id].get<std::int64_t>()) << id;
    total += length * counts[id];
  }
  EXPECT_EQ(total, golden["total"].get<std::int64_t>());  // the least there can be
}

TEST(Huffman, GivesEachWordItsOwnPathFromTheRoot) {
  const Counts counts = {0, 9, 0, 9, 0, 8, 1, 1, 2, 0, 4};
  const Huffman tree(counts);
  EXPECT_EQ(tree.inner_nodes(), 4);
  std::map<std::vector<bool>, int> codes;
  double kraft = 0;
  for (TokenId id = 0; id < 11; ++id) {
    std::vector<bool> code;
    std::int64_t node = tree.inner_nodes() - 1;
    for (const auto& step : tree.path(id)) {
      EXPECT_EQ(step.node, node);
      code.push_back(step.bit);
      node = tree.children(node)[step.bit ? 1 : 0];
    }
    const bool leaf = id >= kSpecialTokens && counts[static_cast<std::size_t>(id)] > 0;
    EXPECT_EQ(!code.empty(), leaf) << id;
    if (!leaf) continue;
    EXPECT_EQ(node, -1 - id);
    EXPECT_EQ(++codes[code], 1);
    kraft += std::pow(0.5, code.size());
  }
  EXPECT_DOUBLE_EQ(kraft, 1);
  EXPECT_EQ(tree.path(5).size(), 1U);
}

TEST(Huffman, OfOneWordIsEmpty) {
  const Huffman tree(Counts{0, 0, 0, 3, 0, 7});
  EXPECT_EQ(tree.inner_nodes(), 0);
  EXPECT_TRUE(tree.path(5).empty());
}

TEST(Noise, IsDrawnAsCountToItsExponentAndNeverASpecialToken) {
  const Counts counts = {100, 1000, 0, 5000, 0, 1, 16, 0, 81, 10000};
  const Noise noise(counts, 0.75);
  Random random(3);
  std::vector<double> drawn(counts.size(), 0);
  constexpr int kDraws = 2000000;
  for (int i = 0; i < kDraws; ++i) drawn[static_cast<std::size_t>(noise.draw(random))] += 1.0 / kDraws;
  const double total = 1 + 8 + 27 + 1000;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    const double wanted = id < kSpecialTokens || counts[id] == 0 ? 0 : std::pow(counts[id], 0.75) / total;
    EXPECT_NEAR(noise.probabilities()[id], wanted, 1e-12);
    EXPECT_NEAR(drawn[id], wanted, 4 * std::sqrt(wanted / kDraws)) << id;
  }
}

TEST(NoiseStream, OfOneUseGivesTheWordsThatAreDrawnOneAfterTheOther) {
  const Noise noise(Counts{0, 0, 0, 0, 0, 1, 16, 0, 81, 10000}, 0.75);
  NoiseStream stream;
  for (const std::uint64_t seed : {3, 4}) {
    Random random(seed);
    stream.start(noise, random, 1);
    for (int i = 0; i < 700; ++i) ASSERT_EQ(stream.next(), noise.draw(random)) << i;
  }
}

TEST(NoiseStream, OfSeveralUsesGivesEachDrawnWordSoOftenAndInAnotherOrderEachTime) {
  const Noise noise(Counts(2000, 7), 0.75);
  NoiseStream stream;
  stream.start(noise, Random(5), 3);
  std::vector<std::vector<TokenId>> passes(6);
  for (auto& pass : passes) {
    for (int i = 0; i < 256; ++i) pass.push_back(stream.next());
  }
  EXPECT_NE(passes[0], passes[1]);
  EXPECT_NE(passes[1], passes[2]);
  for (auto& pass : passes) std::sort(pass.begin(), pass.end());
  EXPECT_EQ(passes[0], passes[1]);
  EXPECT_EQ(passes[0], passes[2]);
  EXPECT_NE(passes[0], passes[3]);
  EXPECT_EQ(passes[3], passes[5]);
}

TEST(Noise, NeedsAWord) {
  EXPECT_THAT(error_of([] { Noise(Counts{5, 5, 5, 5, 5, 0}, 0.75); }), testing::HasSubstr("min-count"));
}

TEST(Subsampling, KeepsWithTheProbabilityOfWord2vecC) {
  const Counts counts = {0, 500, 0, 500, 0, 9000, 900, 99, 1, 0};  // 10,000 words; special tokens do not count
  const double t = 0.01;
  const Subsampling subsampling(counts, t);
  Random random(5);
  for (std::size_t id = 0; id < counts.size(); ++id) {
    const double f = static_cast<double>(counts[id]) / 10000;
    const double wanted = id < kSpecialTokens || counts[id] == 0 ? 0 : std::min(1.0, (std::sqrt(f / t) + 1) * t / f);
    EXPECT_NEAR(subsampling.probabilities()[id], wanted, 1e-9) << id;
    int kept = 0;
    for (int i = 0; i < 100000; ++i) kept += subsampling.keep(static_cast<TokenId>(id), random) ? 1 : 0;
    EXPECT_NEAR(kept / 1e5, wanted, 0.01) << id;
  }
}

TEST(Subsampling, OfThresholdZeroKeepsAllWordsAndDrawsNothing) {
  const Subsampling subsampling(Counts{0, 5, 0, 5, 0, 9000, 1}, 0);
  Random random(5), untouched(5);
  EXPECT_TRUE(subsampling.keep(5, random));
  EXPECT_TRUE(subsampling.keep(6, random));
  EXPECT_FALSE(subsampling.keep(kUnknown, random));
  EXPECT_EQ(random.bits(), untouched.bits());
}

}  // namespace
}  // namespace zoo::word2vec
