#include "base/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Sample {
  std::vector<std::string> input, models;
  std::int64_t hidden = 50;
  double rate = 0.5;
  bool direct = true, json = false;
  std::string output;
  void fields(Fields& f) {
    f("input", input, "texts");
    f("models", models, "names").comma_separated();
    f("hidden", hidden, "hidden size").range(-5, 100);
    f("learning_rate", rate, "step");
    f("direct", direct, "direct connections");
    f("json", json, "as JSON");
    f("output", output, "folder");
  }
};

class CommandLineTest : public testing::Test {
 protected:
  bool parse(std::vector<const char*> words, bool positional = true) {
    sample_ = {};
    words_.clear();
    line_.emplace(CommandHelp{"zoo sample", "Shows.", "zoo sample --hidden 3"});
    line_->add("Options", fields_of(sample_));
    if (positional) line_->add_positional("WORD…", words_, "words");
    words.insert(words.begin(), "zoo-sample");
    if (line_->parse(static_cast<int>(words.size()), words.data())) return true;
    line_->apply();
    return false;
  }
  std::string parse_error(std::vector<const char*> words, bool positional = true) {
    try {
      parse(words, positional);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_status(), 2);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  Sample sample_;
  std::vector<std::string> words_;
  std::optional<CommandLine> line_;
};

TEST_F(CommandLineTest, FlagsListsSwitchesAndWordsFindTheirPlaces) {
  parse({"--input", "a", "b", "--hidden", "7", "one", "--json", "two", "--learning-rate=0.1", "--models", "x,y"});
  EXPECT_THAT(sample_.input, ElementsAre("a", "b"));
  EXPECT_THAT(words_, ElementsAre("one", "two"));
  EXPECT_THAT(sample_.models, ElementsAre("x", "y"));
  EXPECT_EQ(sample_.hidden, 7);
  EXPECT_EQ(sample_.rate, 0.1);
  EXPECT_TRUE(sample_.json && sample_.direct);
  EXPECT_TRUE(line_->given("hidden"));
  EXPECT_FALSE(line_->given("output"));
}

TEST_F(CommandLineTest, SwitchesTakeAValueAndNumbersMayBeNegative) {
  parse({"--direct", "false", "--hidden", "-3"});
  EXPECT_FALSE(sample_.direct);
  EXPECT_EQ(sample_.hidden, -3);
  parse({"--direct=false", "--hidden=-3"});
  EXPECT_FALSE(sample_.direct);
  EXPECT_EQ(sample_.hidden, -3);
}

TEST_F(CommandLineTest, AfterTwoDashesAllAreWords) {
  parse({"--json", "--", "--hidden", "-x"});
  EXPECT_THAT(words_, ElementsAre("--hidden", "-x"));
  EXPECT_EQ(sample_.hidden, 50);
}

TEST_F(CommandLineTest, UnicodeAndSpacesAndEmptyTextsArePassedOn) {
  parse({"--output", "a b/ü", "--input", "", "中文"});
  EXPECT_EQ(sample_.output, "a b/ü");
  EXPECT_THAT(sample_.input, ElementsAre("", "中文"));
}

TEST_F(CommandLineTest, WhatIsNotUnderstoodIsNamedWithTheWayOut) {
  EXPECT_EQ(parse_error({"--hiden", "3"}), "--hiden: no such option; did you mean --hidden?; see zoo sample --help");
  EXPECT_THAT(parse_error({"--hiden=3"}), HasSubstr("--hiden: no such option; did you mean --hidden?"));
  EXPECT_THAT(parse_error({"-x"}), HasSubstr("-x: no such option"));
  EXPECT_THAT(parse_error({"--hidden"}), HasSubstr("--hidden: an option lacks its value"));
  EXPECT_THAT(parse_error({"--output", "--json"}), HasSubstr("--output: an option lacks its value"));
  EXPECT_THAT(parse_error({"--hidden", "many"}), HasSubstr("--hidden: 'many' is not a whole number"));
  EXPECT_THAT(parse_error({"--hidden", "101"}), HasSubstr("--hidden: 101 is out of range; allowed: -5 … 100"));
  EXPECT_THAT(parse_error({"word"}, false), HasSubstr("'word': zoo sample takes no such word"));
}

TEST_F(CommandLineTest, HelpShowsEveryOptionWithDefaultAndExample) {
  testing::internal::CaptureStdout();
  EXPECT_TRUE(parse({"--hidden", "3", "--help"}));
  const auto shown = testing::internal::GetCapturedStdout();
  const auto text = line_->help_text();
  for (const char* part :
       {"--hidden N", "hidden size", "-5 … 100", "default 50", "--learning-rate X", "zoo sample --hidden 3"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(shown, text);
}

int throw_error(int, char**) { fail("a.txt: missing"); }
int throw_usage(int, char**) { fail_usage("--a: unknown"); }
int throw_interrupted(int, char**) { throw Interrupted("stopped"); }
int throw_foreign(int, char**) { throw std::runtime_error("first\nsecond\nthird"); }
int throw_memory(int, char**) { throw std::bad_alloc(); }
int throw_filesystem(int, char**) {
  throw std::filesystem::filesystem_error("status", "some/file", std::make_error_code(std::errc::permission_denied));
}
int succeed(int, char**) { return 0; }

TEST(RunCommand, EveryEndHasItsStatusAndOneLine) {
  const auto run = [](int (*body)(int, char**), int status) {
    int got = -1;
    const auto said = warnings_of([&] { got = run_command(0, nullptr, body); });
    EXPECT_EQ(got, status);
    return said;
  };
  EXPECT_EQ(run(succeed, 0), "");
  EXPECT_EQ(run(throw_error, 1), "zoo: a.txt: missing\n");
  EXPECT_EQ(run(throw_usage, 2), "zoo: --a: unknown\n");
  EXPECT_EQ(run(throw_interrupted, 130), "zoo: stopped\n");
  EXPECT_EQ(run(throw_foreign, 1), "zoo: unexpected: first\n");
  EXPECT_THAT(run(throw_memory, 1), HasSubstr("not enough memory"));
  EXPECT_EQ(run(throw_filesystem, 1), "zoo: some/file: Permission denied\n");
}

}  // namespace
}  // namespace zoo
