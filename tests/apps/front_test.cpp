#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/version.h"
#include "tests/support/command.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Front, HelpListsTheCommandsInGroups) {
  for (const auto& words : {std::vector<std::string>{}, {"--help"}, {"help"}}) {
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, AllOf(HasSubstr("\nWord vectors:\n  nearest "), HasSubstr("\n  export ")));
    EXPECT_EQ(result.errors, "");
  }
}

TEST(Front, VersionIsTheProjects) {
  EXPECT_EQ(run_zoo({"--version"}).output, "zoo " + std::string(kVersion) + "\n");
  EXPECT_THAT(std::string(kVersion), testing::MatchesRegex("[0-9]+[.][0-9]+[.][0-9]+"));  // CMake reads it from there
}

TEST(Front, ACommandIsFoundBesideAndKeepsItsWordsAndStatus) {
  EXPECT_THAT(run_zoo({"help", "nearest"}).output, StartsWith("zoo nearest: "));
  EXPECT_THAT(run_zoo({"nearest", "--help"}).output, StartsWith("zoo nearest: "));
  const auto result = run_zoo({"nearest", "--model", "/none", "a b"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.errors, HasSubstr("/none"));
}

TEST(Front, AReaderThatHasSeenEnoughIsNoError) {
  const TemporaryFolder folder;
  const auto errors = (folder.path() / "errors").string();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);  // nobody reads
  // Much output: it fails in the midst of the command, not at its end.
  const auto text = folder.path() / "text.txt";
  write_file_atomically(text, fmt::format("{:{}}", "word ", 1 << 20) + "\n" + std::string(1 << 20, '.') + "\n");
  const auto encode = fmt::format("tokenizer encode --tokenizer {}/tests/data/runs/0.1.0/nnlm --input {}",
                                  ZOO_SOURCE_DIR, text.string());
  for (const auto& words :
       {std::string("--help"), std::string("train nnlm --help"), std::string("data list"), encode}) {
    const auto line = fmt::format("{}/zoo {} >&{} 2>{}; echo $?", ZOO_BIN_DIR, words, ends[1], errors);
    EXPECT_EQ(run_process({"sh", "-c", line}).output, "141\n") << words;  // 128 + SIGPIPE
    EXPECT_EQ(read_file(errors), "") << words;
  }
  ::close(ends[1]);
}

TEST(Front, AStandardOutputThatCannotBeWrittenIsAnError) {
  for (const char* words : {"--help", "--version", "data list", "nearest --help", "tokenizer --help", "info --help"}) {
    const auto result = run_process({"sh", "-c", fmt::format("{}/zoo {} 2>&1 >/dev/full", ZOO_BIN_DIR, words)});
    EXPECT_EQ(result.exit_status, 1) << words;
    EXPECT_EQ(result.output, "zoo: standard output: cannot write: No space left on device\n") << words;
  }
}

TEST(Front, AMisspeltCommandIsToldTheNearest) {
  const auto result = run_zoo({"naerest", "king"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.errors, "zoo: 'naerest' is no command; did you mean 'nearest'?; zoo --help lists them\n");
  EXPECT_EQ(run_zoo({"--nonsense"}).status, 2);
  EXPECT_EQ(run_zoo({"help", "nonsense"}).status, 2);
}

}  // namespace
}  // namespace zoo
