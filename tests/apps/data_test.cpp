// zoo data as a command: what it prints where, and its exit status.
#include <cstdlib>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

struct DataCommand : testing::Test {
  TemporaryFolder folder;
  DataCommand() { ::setenv("ZOO_DATA", (folder.path() / "data").c_str(), 1); }
  ~DataCommand() override { ::unsetenv("ZOO_DATA"); }

  static ProcessResult zoo_data(std::vector<std::string> words) {
    words.insert(words.begin(), ZOO_BIN_DIR "/zoo-data");
    return run_process(words);
  }
};

TEST_F(DataCommand, ListsEveryDatasetAsTextAndAsJson) {
  const auto text = zoo_data({"list"});
  EXPECT_EQ(text.exit_status, 0);
  EXPECT_THAT(text.output, testing::AllOf(testing::HasSubstr("brown"), testing::HasSubstr("non-commercial")));
  const auto list = parse_json(zoo_data({"list", "--json"}).output, "zoo data list --json");
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list[0]["name"], "brown");
  EXPECT_TRUE(list[0]["folder"].is_null());
}

TEST_F(DataCommand, TakesAFileByHandAndSaysWhereItLies) {
  std::string pairs = "# two words and a score\n";
  for (int i = 0; i < 353; ++i) pairs += "love\tsex\t6.77\n";
  const auto file = folder.path() / "mine.tsv";
  write_file_atomically(file, pairs);
  const auto result = zoo_data({"get", "wordsim353", "--from", file.string(), "--json"});
  EXPECT_EQ(result.exit_status, 0);
  const auto got = parse_json(result.output, "zoo data get --json");
  EXPECT_EQ(got["folder"], (folder.path() / "data" / "wordsim353").string());
  EXPECT_EQ(read_file(got["files"][0].get<std::string>()).substr(0, 14), "love\tsex\t6.77\n");
  EXPECT_EQ(zoo_data({"get", "wordsim353"}).exit_status, 0);  // it is there now: nothing is fetched
}

TEST_F(DataCommand, WrongUseExitsWithTwoAndAFailureWithOne) {
  EXPECT_EQ(zoo_data({"--help"}).exit_status, 0);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"get"}, {"fetch", "brown"}, {"get", "brwn"}, {"list", "--from", "x"}, {"--no"}}) {
    const auto result = zoo_data(wrong);
    EXPECT_EQ(result.exit_status, 2);
    EXPECT_EQ(result.output, "");
  }
  EXPECT_EQ(zoo_data({"get", "brown", "--from", "/nowhere"}).exit_status, 1);
}

}  // namespace
}  // namespace zoo
