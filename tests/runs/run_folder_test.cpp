#include "runs/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "runs/run_links.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const Json kConfig = {{"format_version", kRunFormatVersion},
                      {"model", {{"kind", "nnlm"}, {"hidden", 50}}},
                      {"tokenizer", {{"type", "word"}, {"fingerprint", "abc"}}}};

class RunFolderTest : public testing::Test {
 protected:
  RunFolder make_run() {
    auto run = RunFolder::create(path_);
    run.write_config(kConfig);
    return run;
  }
  std::string open_error(const std::string& config) {
    make_folder(path_);
    write_file_atomically(path_ / "config.json", config);
    return error_of([&] { RunFolder::open(path_); });
  }
  static void write_state(const fs::path& folder) { write_file_atomically(folder / "w", folder.filename().string()); }
  std::vector<std::string> states() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_ / "state")) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "runs" / "tiny";
};

TEST_F(RunFolderTest, AConfigComesBackAsItWas) {
  make_run();
  const auto run = RunFolder::open(path_);
  EXPECT_EQ(run.config(), kConfig);
  EXPECT_EQ(run.model_kind(), "nnlm");
  EXPECT_FALSE(run.finished());
  EXPECT_FALSE(run.latest_state());
}

TEST_F(RunFolderTest, AnOutcomeSaysWhetherTrainingIsFinished) {
  auto run = make_run();
  run.write_outcome({{"finished", false}, {"reason", "time"}});
  EXPECT_FALSE(run.finished());
  run.write_outcome({{"finished", true}, {"reason", "validation stopped improving"}});
  EXPECT_TRUE(RunFolder::open(path_).finished());
  EXPECT_EQ(run.config()["model"], kConfig["model"]);
}

TEST_F(RunFolderTest, WhatIsNoRunIsRefusedInOneLine) {
  EXPECT_THAT(error_of([&] { RunFolder::open(path_); }), HasSubstr("no such run folder"));
  EXPECT_THAT(error_of([&] { RunFolder::open(folder_.path()); }), HasSubstr("no config.json"));
  write_file_atomically(folder_.path() / "file", "x");
  EXPECT_THAT(error_of([&] { RunFolder::open(folder_.path() / "file"); }), HasSubstr("is a file"));
  EXPECT_THAT(error_of([&] { RunFolder::create(folder_.path() / "file"); }), HasSubstr("is a file"));
  EXPECT_THAT(open_error("{\n\"a\": "), HasSubstr("line 2: not valid JSON"));
  EXPECT_THAT(open_error("[]"), HasSubstr("format_version"));
  EXPECT_THAT(open_error(R"({"architectures": ["BertModel"]})"), HasSubstr("format_version"));
  EXPECT_THAT(open_error(R"({"format_version": 99})"), HasSubstr("99 is not known"));
  EXPECT_THAT(open_error(R"({"format_version": 1, "model": 3})"), HasSubstr("model.kind"));
  EXPECT_THAT(open_error(R"({"format_version": 1, "model": {"kind": 3}})"), HasSubstr("model.kind"));
  EXPECT_THAT(open_error(std::string(100, '\0')), HasSubstr("not valid JSON"));
}

TEST(RunFolders, OneThatMayNotBeSeenIsNotCalledMissing) {
  const SharedFolder folder;
  const auto closed = folder.path() / "closed";
  make_folder(closed / "run");
  fs::permissions(closed, fs::perms::none);
  for (const auto& path : {closed, closed / "run"}) {
    EXPECT_THAT(error_in_child(give_up_root, [&] { RunFolder::open(path); }), HasSubstr("Permission denied"));
  }
  fs::permissions(closed, fs::perms::owner_all);
}

TEST_F(RunFolderTest, ANewRunTouchesNothingThatIsNotItsOwn) {
  auto run = make_run();
  EXPECT_THAT(error_of([&] { RunFolder::create(path_); }), HasSubstr("--resume"));
  write_file_atomically(run.weights_file(), "old");
  RunFolder::create(path_, true);
  EXPECT_FALSE(fs::exists(run.weights_file()));
  EXPECT_FALSE(RunFolder::is_run(path_));
  make_run();
  write_file_atomically(path_ / "thesis.tex", "years of work");
  EXPECT_THAT(error_of([&] { RunFolder::create(path_, true); }), HasSubstr("thesis.tex"));
  EXPECT_TRUE(RunFolder::is_run(path_));
}

TEST_F(RunFolderTest, ANewStateTakesThePlaceOfTheOld) {
  auto run = make_run();
  run.save_state(10, write_state);
  EXPECT_EQ(run.latest_state(), path_ / "state" / "10");
  run.save_state(20, write_state);
  EXPECT_EQ(run.latest_state(), path_ / "state" / "20");
  EXPECT_THAT(states(), ElementsAre("20", "latest"));
  run.save_state(20, [](const fs::path& folder) { write_file_atomically(folder / "other", ""); });
  EXPECT_THAT(states(), ElementsAre("20", "latest"));
  EXPECT_TRUE(fs::exists(*run.latest_state() / "other"));
  EXPECT_FALSE(fs::exists(*run.latest_state() / "w"));
}

TEST_F(RunFolderTest, AFailedSaveLeavesTheLastState) {
  auto run = make_run();
  run.save_state(10, write_state);
  for (const int step : {10, 20}) {
    EXPECT_THAT(error_of([&] { run.save_state(step, [](const fs::path&) { fail("disk full"); }); }), "disk full");
    EXPECT_EQ(run.latest_state(), path_ / "state" / "10");
    EXPECT_EQ(read_file(path_ / "state" / "10" / "w"), "10");
    EXPECT_THAT(states(), ElementsAre("10", "latest"));
  }
}

TEST_F(RunFolderTest, AKillAtAnyInstantLeavesACompleteState) {
  auto run = make_run();
  run.save_state(0, write_state);
  for (int round = 0; round < 24; ++round) {
    const auto child = ::fork();
    if (child == 0) {  // other steps in turn, or the same again and again
      for (std::int64_t step = 1;; ++step) run.save_state(round % 2 == 0 ? step % 3 : 1, write_state);
    }
    ::usleep(3000 + 900 * round);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto state = run.latest_state();
    ASSERT_TRUE(state);
    EXPECT_THAT(read_file(*state / "w"), testing::AnyOf("0", "1", "2"));
  }
  run.save_state(100, write_state);
  EXPECT_THAT(states(), ElementsAre("100", "latest"));  // what the killed ones left is gone
}

TEST_F(RunFolderTest, NoLinkInsideLeadsAWriteOutOfTheFolder) {
  auto run = make_run();
  run.save_state(10, write_state);
  const auto victim = folder_.path() / "victim";
  const auto put_link = [&](const fs::path& place, const fs::path& target) {
    fs::remove_all(place);
    fs::create_symlink(target, place);
  };
  for (const char* place : {"model.safetensors", "metrics.jsonl", "state", "state/latest", "state/10", "tensorboard"}) {
    const auto from_here = [&](const fs::path& target) {
      return target.lexically_relative((path_ / place).parent_path());
    };
    for (const auto& target : {victim, from_here(victim), from_here(folder_.path() / "runs" / "tiny-too")}) {
      SCOPED_TRACE(fmt::format("{} -> {}", place, target.string()));
      write_file_atomically(victim, "untouched");
      put_link(path_ / place, target);
      for (const auto& write : std::vector<std::function<void()>>{[&] { run.save_state(11, write_state); },
                                                                  [&] {
                                                                    run.write_outcome({{"finished", true}});
                                                                  },
                                                                  [&] { check_run_links(path_); }}) {
        EXPECT_THAT(error_of(write), testing::AllOf(HasSubstr(place), HasSubstr("leads out of the run's folder")));
      }
      EXPECT_EQ(read_file(victim), "untouched");
      EXPECT_FALSE(fs::exists(folder_.path() / "runs" / "tiny-too"));
      EXPECT_FALSE(RunFolder::open(path_).finished());  // it can still be read
      fs::remove(path_ / place);
    }
    run.save_state(10, write_state);
  }
  fs::create_symlink("state/10/w", path_ / "model.safetensors");  // one that stays inside is nobody's harm
  run.save_state(12, write_state);
  EXPECT_THAT(states(), ElementsAre("12", "latest"));
}

TEST_F(RunFolderTest, AConfigThatIsALinkIsNotWrittenThrough) {
  make_run();
  const auto victim = folder_.path() / "victim.json";
  fs::rename(path_ / "config.json", victim);
  const auto before = read_file(victim);
  fs::create_symlink(victim, path_ / "config.json");
  auto run = RunFolder::open(path_);
  EXPECT_THAT(error_of([&] { run.write_outcome({{"finished", true}}); }), HasSubstr("leads out"));
  EXPECT_EQ(read_file(victim), before);
}

TEST_F(RunFolderTest, ALatestThatPointsNowhereIsAnError) {
  auto run = make_run();
  run.save_state(10, write_state);
  for (const char* target : {"11", "", "../..", ".."}) {
    write_file_atomically(path_ / "state" / "latest", target);
    EXPECT_THAT(error_of([&] { run.latest_state(); }), HasSubstr("not there"));
  }
  run.save_state(12, write_state);
  EXPECT_EQ(run.latest_state(), path_ / "state" / "12");
}

class MetricsLogTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "metrics.jsonl";
};

TEST_F(MetricsLogTest, LinesAreAppendedAndResumingCutsThemBack) {
  MetricsLog log(file_, std::nullopt);
  for (int step = 10; step <= 40; step += 10) log.write({{"step", step}, {"loss", 5.0 - step}});
  EXPECT_EQ(MetricsLog::read(file_).size(), 4U);
  MetricsLog resumed(file_, 20);
  resumed.write({{"step", 30}});
  const auto lines = MetricsLog::read(file_);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1]["step"], 20);
  EXPECT_EQ(lines[2], Json({{"step", 30}}));
}

TEST_F(MetricsLogTest, ALineCutShortByAKillIsDropped) {
  write_file_atomically(file_, "{\"step\": 1}\n{\"step\": 2, \"lo");
  EXPECT_EQ(MetricsLog::read(file_).size(), 1U);
  MetricsLog(file_, std::nullopt).write({{"step", 3}});
  EXPECT_EQ(read_file(file_), "{\"step\": 1}\n{\"step\":3}\n");
}

TEST_F(MetricsLogTest, AForeignLineIsNamed) {
  write_file_atomically(file_, "{\"step\": 1}\nhello\n{\"step\": 2}\n");
  EXPECT_THAT(error_of([&] { MetricsLog::read(file_); }), HasSubstr("line 2"));
}

TEST_F(MetricsLogTest, NoFileMeansNoLines) { EXPECT_TRUE(MetricsLog::read(file_).empty()); }

TEST_F(MetricsLogTest, AFullDiskIsAnError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  MetricsLog log(file_, std::nullopt);
  fs::create_symlink("/dev/full", file_);
  EXPECT_THAT(error_of([&] { log.write({{"step", 1}}); }), HasSubstr("No space left"));
}

}  // namespace
}  // namespace zoo
