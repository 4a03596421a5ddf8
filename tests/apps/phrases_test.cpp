// zoo data phrases as a command.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/support/command.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kText = ZOO_SOURCE_DIR "/tests/data/phrases/text.txt";

class PhraseCommand : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  static CommandResult phrases(std::vector<std::string> words) {
    words.insert(words.begin(), {"data", "phrases"});
    return run_zoo(words);
  }
  TemporaryFolder folder_;
};

TEST_F(PhraseCommand, JoinsPhrasesAndSaysWhich) {
  const auto made = phrases({"--input", kText, "--output", path("out.txt"), "--table", path("t.tsv"), "--threshold",
                             "20", "--json", "--quiet"});
  ASSERT_EQ(made.status, 0) << made.errors;
  EXPECT_EQ(made.errors, "");
  const auto result = parse_json(made.output, "zoo data phrases --json");
  EXPECT_EQ(result["passes"].size(), 2U);
  EXPECT_EQ(result["passes"][0]["forgotten_pairs"], 0);
  EXPECT_THAT(read_file(path("out.txt")), HasSubstr("san_francisco"));
  EXPECT_THAT(read_file(path("t.tsv")), StartsWith("# langzoo phrases\tpunctuation\tcase kept\t2\n1\t"));
  const auto again = phrases({"--input", kText, "--output", path("again.txt"), "--phrases", path("t.tsv")});
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.output, AllOf(StartsWith("pass 1: "), HasSubstr("\npass 2: ")));
  EXPECT_EQ(read_file(path("again.txt")), read_file(path("out.txt")));
}

TEST_F(PhraseCommand, SaysWhenItHadToForget) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += fmt::format("a{} b{}\n", i, i);
  write_file_atomically(path("many.txt"), text);
  const auto made = phrases({"--input", path("many.txt"), "--output", path("out.txt"), "--max-words", "1000",
                             "--max-pairs", "1000", "--min-count", "1", "--discount", "0", "--passes", "1"});
  EXPECT_EQ(made.status, 0) << made.errors;
  EXPECT_THAT(made.errors, HasSubstr("6000 rare words were forgotten for want of room"));
}

TEST_F(PhraseCommand, WrongUseIsToldInOneLine) {
  EXPECT_EQ(phrases({"--output", path("o")}).status, 2);
  EXPECT_EQ(phrases({"--input", kText}).status, 2);
  EXPECT_EQ(phrases({"--input", kText, "--output", path("o"), "--passes", "0"}).status, 2);
  EXPECT_EQ(phrases({"--input", kText, "--output", path("o"), "--phrases", kText, "--passes", "3"}).status, 2);
  const auto table = phrases({"--input", kText, "--output", path("o"), "--phrases", kText});
  EXPECT_EQ(table.status, 1);
  EXPECT_THAT(table.errors, HasSubstr("text.txt: is no table of phrases"));
  EXPECT_EQ(phrases({"--input", path("none"), "--output", path("o")}).status, 1);
  write_file_atomically(path("empty.txt"), "");
  EXPECT_EQ(phrases({"--input", path("empty.txt"), "--output", path("o")}).status, 1);
  EXPECT_EQ(phrases({"--input", kText, "--output", "/proc/none/o"}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(path("o")));
}

}  // namespace
}  // namespace zoo
