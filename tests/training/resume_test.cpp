// Real processes, killed and interrupted in the middle of training.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "runs/run_folder.h"
#include "tests/support/chain_text.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// A text of two files and the command that trains on it.
class Resume : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs::exists(program_)) << program_ << " is not built";
    train_ = write_text(folder_.path() / "train.txt", 1, 3000);
    valid_ = write_text(folder_.path() / "valid.txt", 2, 100);
    ::setenv("ZOO_CACHE", (folder_.path() / "cache").c_str(), 1);
  }

  std::vector<std::string> command(const std::string& run, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {program_,    model_, "--input",  train_,
                                      "--valid",   valid_, "--output", path(run).string(),
                                      "--threads", "1",    "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::vector<std::string> options() const {
    std::vector<std::string> words = {"--dropout",   "0.2", "--checkpoint-every", "50",
                                      "--log-every", "10",  "--schedule",         "linear"};
    const std::map<std::string, std::vector<std::string>> own = {
        {"nnlm", {"--order", "3", "--embedding", "8", "--hidden", "12", "--batch-size", "32", "--epochs", "4"}},
        {"elmo",
         {"--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6", "--projection", "8", "--cell",
          "12", "--length", "10", "--batch-size", "8", "--epochs", "1"}},
        {"transformer",
         {"--layers", "1", "--width", "16", "--heads", "2", "--context", "16", "--batch-size", "8", "--epochs", "1"}}};
    words.insert(words.end(), own.at(model_).begin(), own.at(model_).end());
    return words;
  }
  std::vector<std::string> start(const std::string& run) const { return command(run, options()); }
  /// Trained whole, and killed after `step` and gone on with: the same run.
  void expect_a_kill_changes_nothing(std::int64_t step) {
    const auto whole = run_process(start("whole"));
    ASSERT_EQ(whole.exit_status, 0);
    const auto status = stop_in_the_middle(start("killed"), "killed", step, SIGKILL);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(RunFolder::open(path("killed")).finished());
    ASSERT_EQ(run_process(command("killed", {"--resume"})).exit_status, 0);
    expect_same_run("whole", "killed");
  }

  fs::path path(const std::string& run) const { return folder_.path() / run; }

  static pid_t launch(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto child = ::fork();
    if (child == 0) {
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    return child;
  }

  /// Waits until the run has saved a state of at least that step, then sends the signal; gives waitpid's status.
  int stop_in_the_middle(const std::vector<std::string>& words, const std::string& run, std::int64_t step, int signal) {
    const auto child = launch(words);
    const auto latest = path(run) / "state" / "latest";
    for (int i = 0; i < 60'000; ++i) {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) == child) {
        ADD_FAILURE() << "ended before it was stopped";
        return status;
      }
      if (fs::exists(latest) && std::atoll(read_file(latest).c_str()) >= step) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(child, signal);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  static std::vector<Json> metrics_without_times(const fs::path& run) {
    auto lines = MetricsLog::read(run / "metrics.jsonl");
    for (auto& line : lines) {
      line.erase("seconds");
      line.erase("tokens_per_second");
    }
    return lines;
  }

  void expect_same_run(const std::string& a, const std::string& b) const {
    EXPECT_EQ(read_file(path(a) / "model.safetensors"), read_file(path(b) / "model.safetensors"));
    const auto last = [&](const std::string& run) { return *RunFolder::open(path(run)).latest_state(); };
    EXPECT_EQ(last(a).filename(), last(b).filename());
    for (const auto* file : {"weights.safetensors", "optimizer.safetensors", "carried.safetensors"}) {
      EXPECT_EQ(read_file(last(a) / file), read_file(last(b) / file)) << file;
    }
    EXPECT_EQ(metrics_without_times(path(a)), metrics_without_times(path(b)));
  }

  TemporaryFolder folder_;
  std::string program_ = ZOO_BIN_DIR "/zoo-train", model_ = "nnlm", train_, valid_;
};

TEST_F(Resume, AfterAKillInTheMiddleTrainingEndsWithTheSameBytes) {
  expect_a_kill_changes_nothing(150);

  // What is finished stays as it is.
  const auto before = read_file(path("killed") / "config.json");
  EXPECT_EQ(run_process(command("killed", {"--resume"})).exit_status, 0);
  EXPECT_EQ(read_file(path("killed") / "config.json"), before);
}

TEST_F(Resume, AnElmoCarriesItsStatesThroughAKill) {
  model_ = "elmo";
  expect_a_kill_changes_nothing(100);
}

TEST_F(Resume, ATransformerEndsWithTheSameBytesAfterAKill) {
  model_ = "transformer";
  expect_a_kill_changes_nothing(100);
}

TEST_F(Resume, CtrlCSavesExits130AndTrainingGoesOn) {
  ASSERT_EQ(run_process(start("whole")).exit_status, 0);
  const auto status = stop_in_the_middle(start("interrupted"), "interrupted", 100, SIGINT);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  ASSERT_EQ(run_process(command("interrupted", {"--resume"})).exit_status, 0);
  expect_same_run("whole", "interrupted");
}

TEST_F(Resume, OptionsThatDifferAreRefusedAndAnExistingRunIsNotOverwritten) {
  auto words = start("run");
  words.insert(words.end(), {"--max-steps", "20"});
  ASSERT_EQ(run_process(words).exit_status, 0);
  const auto weights = read_file(path("run") / "model.safetensors");
  EXPECT_EQ(run_process(start("run")).exit_status, 1);
  EXPECT_EQ(run_process(command("run", {"--resume", "--hidden", "13"})).exit_status, 2);
  EXPECT_EQ(run_process(command("run", {"--resume", "--learning-rate", "0.5"})).exit_status, 2);
  EXPECT_EQ(run_process(command("run", {"--resume", "--min-count", "3"})).exit_status, 2);
  EXPECT_EQ(read_file(path("run") / "model.safetensors"), weights);
  std::ofstream(train_, std::ios::app) << "more text\n";
  EXPECT_EQ(run_process(command("run", {"--resume"})).exit_status, 1);
  EXPECT_EQ(run_process(command("none", {"--resume"})).exit_status, 1);
}

TEST_F(Resume, ConfigFilesAreStrictAndFlagsGoBeforeThem) {
  const auto config = (folder_.path() / "config.json").string();
  write_json(config, {{"model", {{"order", 3}, {"hidden", 12}}}, {"training", {{"max_steps", 3}, {"batch_size", 16}}}});
  ASSERT_EQ(run_process(command("run", {"--config", config, "--hidden", "5", "--embedding", "4"})).exit_status, 0);
  const auto saved = RunFolder::open(path("run")).config();
  EXPECT_EQ(saved["model"]["order"], 3);
  EXPECT_EQ(saved["model"]["hidden"], 5);
  EXPECT_EQ(saved["training"]["batch_size"], 16);
  EXPECT_EQ(saved["outcome"]["reason"], "step limit");
  write_json(config, {{"training", {{"batchsize", 16}}}});
  EXPECT_EQ(run_process(command("other", {"--config", config})).exit_status, 2);
  EXPECT_EQ(run_process({program_}).exit_status, 0);
  EXPECT_EQ(run_process({program_, "nnlm", "--help"}).exit_status, 0);
  EXPECT_EQ(run_process({program_, "nlm"}).exit_status, 2);
}

}  // namespace
}  // namespace zoo
