#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

TEST(Random, FollowsThePublishedGenerator) {
  Random random(0);
  const std::array<std::uint64_t, 4> state = {1, 2, 3, 4};
  random.set_state(state);
  // The first numbers from this state, as the reference implementation's tests have them.
  for (const std::uint64_t expected : {11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL}) {
    EXPECT_EQ(random.bits(), expected);
  }
}

TEST(Random, SeedsAndStreamsGiveTheSameNumbersAsAnIndependentImplementation) {
  const auto golden = read_json(ZOO_SOURCE_DIR "/tests/data/base/random.json");
  ASSERT_EQ(golden.at("cases").size(), 4U);
  for (const auto& entry : golden.at("cases")) {
    Random random(std::stoull(entry.at("seed").get<std::string>()), std::stoull(entry.at("stream").get<std::string>()));
    for (const auto& number : entry.at("bits")) EXPECT_EQ(std::to_string(random.bits()), number.get<std::string>());
  }
}

TEST(Random, BoundsAreKeptAndEachValueIsAsLikely) {
  Random random(7);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);  // 5 standard deviations are 463
  EXPECT_EQ(random.below(1), 0U);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto number = random.uniform();
    EXPECT_TRUE(number >= 0 && number < 1);
    sum += number;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, AStateGoesOnWhereItWasTaken) {
  Random random(3);
  random.bits();
  Random other(99);
  other.set_state(random.state());
  EXPECT_EQ(random.bits(), other.bits());
}

TEST(Random, AShuffleKeepsAllItems) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  const auto before = items;
  Random random(5);
  random.shuffle(std::span(items));
  EXPECT_NE(items, before);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, before);
}

TEST(Hash, Sha256IsTheStandards) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace zoo
