#include "data/phrases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "data/pair_counts.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kData = ZOO_SOURCE_DIR "/tests/data/phrases";

class Phrases : public testing::Test {
 protected:
  Phrases() { set_quiet(true); }
  ~Phrases() override { set_quiet(false); }
  std::vector<TextFile> text(const std::string& content, const std::string& name = "text.txt") {
    write_file_atomically(folder_.path() / name, content);
    return expand_inputs({(folder_.path() / name).string()});
  }
  std::string joined(const std::vector<TextFile>& files, const PhraseOptions& options) {
    passes_ = make_phrases(files, options, output_, table_);
    return read_file(output_);
  }
  TemporaryFolder folder_;
  fs::path output_ = folder_.path() / "phrased.txt";
  PhraseTable table_;
  std::vector<PhrasePass> passes_;
};

TEST_F(Phrases, AreThoseOfPlainPythonAndGensim) {
  const auto golden = read_json(kData / "golden.json");
  const auto files = expand_inputs({(kData / "text.txt").string()});
  for (const auto& expected : golden["results"]) {
    PhraseOptions options;
    options.passes = expected["passes"];
    options.threshold = expected["threshold"];
    options.threshold_factor = expected["factor"];
    options.discount = expected["discount"];
    options.min_count = expected["min_count"];
    options.split = "whitespace";
    std::string lines;
    for (const auto& line : expected["joined"]) lines += line.get<std::string>() + "\n";
    EXPECT_EQ(joined(files, options), lines);
    ASSERT_EQ(table_.passes.size(), expected["phrases"].size());
    for (std::size_t pass = 0; pass < table_.passes.size(); ++pass) {
      const auto& phrases = expected["phrases"][pass];
      EXPECT_EQ(table_.passes[pass].size(), phrases.size());
      for (const auto& [first, second, count, score] : table_.passes[pass]) {
        const auto& found = phrases.at(first + " " + second);
        EXPECT_EQ(count, found[0].get<std::uint64_t>()) << first << " " << second;
        EXPECT_NEAR(score, found[1].get<double>(), 1e-9 * score) << first << " " << second;
      }
    }
  }
}

TEST_F(Phrases, ATableJoinsTheSamePhrasesInTheTextItCameFrom) {
  const auto files = expand_inputs({(kData / "text.txt").string()});
  PhraseOptions options;
  options.discount = options.min_count = 3;
  options.threshold = 15;
  const auto expected = joined(files, options);
  EXPECT_THAT(expected, HasSubstr("prime_minister_of"));
  table_.save(folder_.path() / "phrases.tsv");
  const auto table = PhraseTable::load(folder_.path() / "phrases.tsv");
  EXPECT_EQ(table.passes.size(), 2U);
  const auto passes = join_phrases(files, table, folder_.path() / "again.txt");
  EXPECT_EQ(read_file(folder_.path() / "again.txt"), expected);
  EXPECT_EQ(passes[1].joined, passes_[1].joined);
}

const std::string kCity = "New York, new YORK. San\n";

TEST_F(Phrases, PunctuationIsSplitOffAndNeverPartOfAPhrase) {
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += kCity;
  PhraseOptions options;
  options.passes = 1;
  options.threshold = 0;
  options.lowercase = true;
  options.discount = 0;
  const auto all = joined(text(lines), options);
  EXPECT_EQ(all.substr(0, all.find('\n')), "new_york , new_york . san");
  options.split = "whitespace";
  options.lowercase = false;
  const auto spaced = joined(text(lines), options);
  EXPECT_EQ(spaced.substr(0, spaced.find('\n')), "New_York, new_YORK. San");
}

TEST_F(Phrases, LinesStayLinesAndFilesEndDocuments) {
  std::string lines;
  for (int i = 0; i < 6; ++i) lines += "a b\n";
  auto files = text("a b c\n\n\na b\n" + lines, "1.txt");
  const auto second = text("c\na b", "2.txt");
  files.insert(files.end(), second.begin(), second.end());
  PhraseOptions options;
  options.threshold = 0;
  std::string expected = "a_b c\n\n\na_b\n";
  for (int i = 0; i < 6; ++i) expected += "a_b\n";
  EXPECT_EQ(joined(files, options), expected + "\nc\na_b\n");
  EXPECT_EQ(passes_[0].words, 3U + 2 + 12 + 3);
  EXPECT_EQ(passes_[0].joined, 9U);
  EXPECT_EQ(passes_[1].phrases, 0U);
  EXPECT_FALSE(fs::exists(folder_.path() / "0.txt"));
}

TEST_F(Phrases, RareWordsAndPairsAreNoPartOfThem) {
  std::string lines;
  for (int i = 0; i < 5; ++i) lines += "a b\n";
  for (int i = 0; i < 4; ++i) lines += "c d\n";
  PhraseOptions options;
  options.threshold = 0;
  options.discount = 0;
  joined(text(lines), options);
  ASSERT_EQ(table_.passes[0].size(), 1U);
  EXPECT_EQ(table_.passes[0][0].first, "a");
  EXPECT_EQ(passes_[0].vocabulary, 2U);
}

TEST_F(Phrases, ATextWithoutWordsAndATableThatIsNoneAreRefused) {
  EXPECT_THAT(error_of([&] { joined(text("\n \n"), {}); }), HasSubstr("text.txt: holds no words"));
  EXPECT_THAT(error_of([&] { joined(text(std::string("a\0b", 3)), {}); }), HasSubstr("text.txt"));
  EXPECT_THAT(error_of([&] { joined(text("a \xff b"), {}); }), HasSubstr("text.txt"));
  EXPECT_FALSE(fs::exists(output_));
  const auto load = [&](const std::string& content) {
    write_file_atomically(folder_.path() / "t.tsv", content);
    return error_of([&] { PhraseTable::load(folder_.path() / "t.tsv"); });
  };
  const std::string first = "# langzoo phrases\twhitespace\tcase kept\t2\n";
  EXPECT_THAT(load(""), HasSubstr("is empty"));
  EXPECT_THAT(load("a b\n"), HasSubstr("is no table of phrases"));
  EXPECT_THAT(load("# langzoo phrases\twhitespace\tcase kept\t2000000000\n"), HasSubstr("is no table"));
  for (const char* line : {"1\ta\tb\t5", "0\ta\tb\t5\t1", "3\ta\tb\t5\t1", "1\ta\t\t5\t1", "1\ta\tb\tx\t1", "\n"}) {
    EXPECT_THAT(load(first + line), HasSubstr("line 2: pass, two words")) << line;
  }
  EXPECT_THAT(error_of([&] { PhraseTable::load(folder_.path() / "none"); }), HasSubstr("No such file"));
}

TEST(PairCounts, CountAsAMapDoes) {
  PairCounts pairs(1 << 20);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> expected;
  Random random(3);
  for (int i = 0; i < 50'000; ++i) {
    const auto first = static_cast<std::uint32_t>(random.below(200)),
               second = static_cast<std::uint32_t>(random.below(90));
    pairs.add(first, second);
    ++expected[{first, second}];
  }
  EXPECT_EQ(pairs.size(), expected.size());
  EXPECT_EQ(pairs.forgotten(), 0U);
  pairs.for_each([&](std::uint32_t first, std::uint32_t second, std::uint32_t count) {
    EXPECT_EQ(count, (expected[{first, second}])) << first << " " << second;
  });
}

TEST(PairCounts, ForgetTheRarestWhereTheirRoomIsFull) {
  PairCounts pairs(1000);
  for (int times = 0; times < 20; ++times) {
    for (std::uint32_t i = 0; i < 100; ++i) pairs.add(i, i + 1);
  }
  for (std::uint32_t i = 0; i < 100'000; ++i) pairs.add(i, 1'000'000);
  EXPECT_LE(pairs.size(), 1000U);
  EXPECT_LE(pairs.bytes(), 4096U * 12);
  EXPECT_GE(pairs.forgotten(), 99'000U);
  std::size_t frequent = 0;
  pairs.for_each([&](std::uint32_t first, std::uint32_t second, std::uint32_t count) {
    frequent += second == first + 1 && count == 20 ? 1 : 0;
  });
  EXPECT_EQ(frequent, 100U);
}

TEST(PairCounts, AreNotLockedUpByPairsThatAreAllFrequent) {
  PairCounts pairs(16);
  for (int times = 0; times < 1000; ++times) {
    for (std::uint32_t i = 0; i < 16; ++i) pairs.add(i, i);
  }
  pairs.add(99, 99);
  EXPECT_LE(pairs.size(), 16U);
  EXPECT_EQ(pairs.forgotten(), 16U);
}

}  // namespace
}  // namespace zoo
