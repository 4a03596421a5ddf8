#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::HasSubstr;

class ZooTokenizer : public testing::Test {
 protected:
  ProcessResult run(std::vector<std::string> words) {
    words.insert(words.begin(), std::string(ZOO_BIN_DIR) + "/zoo-tokenizer");
    words.push_back("--quiet");
    return run_process(words);
  }
  /// With standard error in the output, and what redirections the arguments hold.
  ProcessResult shell(const std::string& arguments) {
    return run_process(
        {"sh", "-c",
         fmt::format("cd {} && ({}/zoo-tokenizer --quiet {}) 2>&1", folder.path().string(), ZOO_BIN_DIR, arguments)});
  }
  std::string path(const std::string& name) { return (folder.path() / name).string(); }

  TemporaryFolder folder;
};

TEST_F(ZooTokenizer, TrainsEncodesAndDecodesKeepingEmptyLines) {
  const std::string text = "Hello there, été\n\n我爱 😀 Hello\n";
  write_file_atomically(path("text"), text);
  const auto trained = run({"train", "--type", "char", "--input", path("text"), "--output", path("tok"), "--json"});
  ASSERT_EQ(trained.exit_status, 0);
  EXPECT_EQ(parse_json(trained.output, "train")["size"], 18);
  EXPECT_EQ(run({"encode", "--tokenizer", path("tok"), "--input", path("text"), "--output", path("ids")}).exit_status,
            0);
  EXPECT_EQ(read_file(path("ids")), "8 5 6 6 9 7 10 13 5 14 5 12 7 11 10 11\n\n15 16 7 17 7 8 5 6 6 9\n");
  EXPECT_EQ(run({"decode", "--tokenizer", path("tok"), "--input", path("ids")}).output, text);
  const auto pieces = run({"encode", "--tokenizer", path("tok"), "--input", path("text"), "--pieces", "--json"});
  EXPECT_THAT(pieces.output, HasSubstr("\n[]\n[\"我\",\"爱\",\"▁\",\"😀\",\"▁\",\"H\""));
}

TEST_F(ZooTokenizer, ReadsStandardInput) {
  write_file_atomically(path("text"), "the cat\nthe dog\n");
  ASSERT_EQ(shell("train --input - --output tok < text").exit_status, 0);
  const auto both =
      shell(fmt::format("encode --tokenizer tok < text | {}/zoo-tokenizer decode --tokenizer tok", ZOO_BIN_DIR));
  EXPECT_EQ(both.output, "the cat\nthe dog\n");
  EXPECT_EQ(shell("encode --tokenizer tok --pieces < text").output, "the cat\nthe dog\n");
  EXPECT_EQ(shell("encode --tokenizer tok < /dev/null").output, "");
}

TEST_F(ZooTokenizer, AnswersMistakesInOneLine) {
  write_file_atomically(path("text"), "a b c\n");
  write_file_atomically(path("latin"), "d\xE9j\xE0\n");
  ASSERT_EQ(shell("train --input text --output tok").exit_status, 0);
  const auto expect = [&](const std::string& arguments, int status, const std::string& part) {
    const auto result = shell(arguments);
    EXPECT_EQ(result.exit_status, status) << arguments;
    EXPECT_THAT(result.output, HasSubstr(part)) << arguments;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  };
  expect("", 2, "takes one of train, encode, decode");
  expect("train --input text", 2, "--output");
  expect("train --output x", 2, "--input");
  expect("train --input text --output .", 1, "holds something that is no tokenizer");
  expect("train --input text --output text", 1, "is a file");
  expect("train --input missing --output x", 1, "missing: no such file");
  expect("train --input text --output text/x", 1, "text/x: cannot make this folder");
  expect("encode --tokenizer tok --input text --output tok", 1, "it is a folder");
  expect("train --input text --output x --type worm", 2, "worm");
  expect("train --input text --output x --min-count 2", 1, "min_count");
  EXPECT_FALSE(std::filesystem::exists(path("x")));  // nothing is left of a training that failed
  expect("encode --tokenizer missing --input text", 1, "is no tokenizer");
  expect("encode --tokenizer tok --input latin", 1, "latin: line 1, byte 2");
  expect("encode --tokenizer tok --type char --input text", 2, "--type");
  expect("encode --input text", 2, "--tokenizer");
  expect("decode --tokenizer tok --input text", 1, "text: line 1: 'a' is no token id");
  expect("encode --tokenizer tok --input text --output /dev/full/x", 1, "/dev/full/x");
  expect("encode --tokenizer tok --input text > /dev/full", 1, "standard output: cannot write");
}

}  // namespace
}  // namespace zoo
