// Real processes on loopback: trained to the end, killed, interrupted, refused.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "models/saved_model.h"
#include "runs/run_folder.h"
#include "tests/support/chain_text.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/training/processes.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;

struct Said {
  int status;
  std::string errors;
};

class Launch : public testing::Test {
 protected:
  void SetUp() override {
    train_ = write_text(folder_.path() / "train.txt", 1, 1500);
    valid_ = write_text(folder_.path() / "valid.txt", 2, 100);
    ::setenv("ZOO_CACHE", (folder_.path() / "cache").c_str(), 1);
  }

  fs::path path(const std::string& run) const { return folder_.path() / run; }
  Words train(const std::string& model, const std::string& run, const Words& more) const {
    Words words = {"train",     model, "--input", train_, "--valid", valid_, "--output", path(run).string(),
                   "--threads", "1",   "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static Words launched(const Words& words) {
    Words all = {ZOO_BIN_DIR "/zoo", "launch", "--processes", "2", "--"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  static Words nnlm() {
    return {"--order",  "3", "--embedding", "8",   "--hidden",           "12", "--batch-size", "32",
            "--epochs", "2", "--dropout",   "0.2", "--checkpoint-every", "50", "--log-every",  "10"};
  }
  static Words elmo() {
    return {"--character-dim", "4",  "--filter-widths",    "1,2", "--filter-counts", "4,6", "--projection", "8",
            "--cell",          "12", "--length",           "10",  "--batch-size",    "8",   "--dropout",    "0.2",
            "--epochs",        "1",  "--checkpoint-every", "20",  "--log-every",     "10"};
  }

  Said say(const Words& command) const {
    const auto errors = path("errors").string();
    Words words = {"sh", "-c", "exec \"$@\" 2>\"$0\"", errors};
    words.insert(words.end(), command.begin(), command.end());
    const auto status = run_process(words).exit_status;
    return {status, read_file(errors)};
  }

  /// Started with its standard error in a file; the folder of the run tells how far it is.
  pid_t start(const Words& command) const {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto child = ::fork();
    if (child == 0) {
      if (std::freopen(path("errors").c_str(), "w", stderr) == nullptr) ::_exit(126);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    return child;
  }
  void wait_for_step(const std::string& run, std::int64_t step) const {
    const auto latest = path(run) / "state" / "latest";
    for (int i = 0; i < 60'000; ++i) {
      if (fs::exists(latest) && std::atoll(read_file(latest).c_str()) >= step) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << run << " never came to step " << step;
  }
  static int end_of(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// The process of this rank among the launcher's children.
  static pid_t process_of(pid_t launcher, int rank) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const auto name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream status(entry.path() / "stat"), environment(entry.path() / "environ");
      const std::string text(std::istreambuf_iterator<char>(status), {});
      const std::string variables(std::istreambuf_iterator<char>(environment), {});
      const auto after = text.rfind(") ");  // pid (name) state parent …
      if (after == std::string::npos || std::atoi(text.c_str() + after + 4) != launcher) continue;
      const auto wanted = fmt::format("RANK={}", rank);
      if (variables.find(std::string(1, '\0') + wanted + std::string(1, '\0')) != std::string::npos) {
        return std::atoi(name.c_str());
      }
    }
    return -1;
  }

  void expect_same_run(const std::string& a, const std::string& b) const {
    EXPECT_EQ(read_file(path(a) / "model.safetensors"), read_file(path(b) / "model.safetensors"));
    const auto last = [&](const std::string& run) { return *RunFolder::open(path(run)).latest_state(); };
    for (const auto* file : {"weights.safetensors", "optimizer.safetensors", "carried.safetensors"}) {
      EXPECT_EQ(read_file(last(a) / file), read_file(last(b) / file)) << file;
    }
  }

  void expect_a_kill_ends_all_and_changes_nothing(const std::string& model, const Words& options, int rank,
                                                  std::int64_t step) {
    ASSERT_EQ(say(launched(train(model, "whole", options))).status, 0);
    const auto launcher = start(launched(train(model, "killed", options)));
    wait_for_step("killed", step);
    const auto victim = process_of(launcher, rank);
    ASSERT_GT(victim, 0);
    const auto killed_at = std::chrono::steady_clock::now();
    ::kill(victim, SIGKILL);
    EXPECT_EQ(end_of(launcher), 1);
    EXPECT_LT(std::chrono::steady_clock::now() - killed_at, std::chrono::seconds(60));
    const auto said = read_file(path("errors"));
    EXPECT_THAT(said, HasSubstr(fmt::format("zoo: rank {} was ended by signal 9", rank)));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    ASSERT_FALSE(RunFolder::open(path("killed")).finished());
    ASSERT_EQ(say(launched({"train", model, "--output", path("killed").string(), "--resume", "--quiet"})).status, 0);
    expect_same_run("whole", "killed");
  }

  TemporaryFolder folder_;
  std::string train_, valid_;
};

TEST_F(Launch, TwoProcessesTrainToTheEndAsOneDoes) {
  auto options = nnlm();
  options.insert(options.end(), {"--dropout", "0"});
  const auto said = say(launched(train("nnlm", "two", options)));
  ASSERT_EQ(said.status, 0) << said.errors;
  EXPECT_EQ(said.errors, "");
  ASSERT_EQ(run_process([&] {
              auto words = train("nnlm", "one", options);
              words.insert(words.begin(), ZOO_BIN_DIR "/zoo");
              return words;
            }())
                .exit_status,
            0);
  const auto one = RunFolder::open(path("one")).config()["outcome"],
             two = RunFolder::open(path("two")).config()["outcome"];
  EXPECT_EQ(two["finished"], true);
  EXPECT_EQ(two["steps"], one["steps"]);
  EXPECT_EQ(two["processes"], 2);
  EXPECT_NEAR(two["best_valid_loss"], one["best_valid_loss"].get<double>(), 0.01);
  const auto lines = MetricsLog::read(path("two") / "metrics.jsonl");
  EXPECT_EQ(lines.size(), MetricsLog::read(path("one") / "metrics.jsonl").size());
  EXPECT_EQ(lines.front()["bytes_sent_per_step"], two["bytes_sent_per_step"]);
  // What is finished stays so.
  EXPECT_EQ(say(launched({"train", "nnlm", "--output", path("two").string(), "--resume", "--quiet"})).status, 0);
}

TEST_F(Launch, AKilledProcessEndsAllAndTrainingGoesOn) {
  expect_a_kill_ends_all_and_changes_nothing("nnlm", nnlm(), 1, 150);
}

TEST_F(Launch, AKilledLeaderEndsAllAndStreamsGoOn) {
  expect_a_kill_ends_all_and_changes_nothing("elmo", elmo(), 0, 40);
}

TEST_F(Launch, Word2VecGoesOnWithTheSameBytes) {
  const Words options = {"--dim", "16",       "--mode", "deterministic",      "--average-every",
                         "1",     "--epochs", "12",     "--checkpoint-every", "5"};
  expect_a_kill_ends_all_and_changes_nothing("word2vec", options, 1, 10);
}

TEST_F(Launch, CtrlCSavesAndTrainingGoesOn) {
  ASSERT_EQ(say(launched(train("nnlm", "whole", nnlm()))).status, 0);
  const auto launcher = start(launched(train("nnlm", "stopped", nnlm())));
  wait_for_step("stopped", 100);
  ::kill(launcher, SIGINT);
  EXPECT_EQ(end_of(launcher), 130);
  const auto said = read_file(path("errors"));
  EXPECT_THAT(said, HasSubstr("interrupted at step"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  ASSERT_EQ(say(launched({"train", "nnlm", "--output", path("stopped").string(), "--resume", "--quiet"})).status, 0);
  expect_same_run("whole", "stopped");
}

TEST_F(Launch, SaysOnceWhatIsWrong) {
  const auto refused = [&](const Words& words, int status, const std::string& why) {
    const auto said = say(words);
    EXPECT_EQ(said.status, status) << said.errors;
    EXPECT_THAT(said.errors, HasSubstr(why));
    EXPECT_EQ(std::count(said.errors.begin(), said.errors.end(), '\n'), 1) << said.errors;
  };
  auto odd = nnlm();
  odd.insert(odd.end(), {"--batch-size", "33"});
  refused(launched(train("nnlm", "run", odd)), 2, "33 rows are no whole number for each of 2 processes; take 32 or 34");
  refused(launched(train("ngram", "run", {})), 2, "ngram trains itself in one");
  refused(launched(train("nnlm", "run", {"--input", "/no/such/text"})), 1, "/no/such/text");
  refused(launched(train("nnlm", "run", {"--no-such-option"})), 2, "no-such-option");
  refused(launched({"evaluate"}), 2, "give the training after --");
  refused({ZOO_BIN_DIR "/zoo", "launch", "--processes", "0", "--", "train"}, 2, "processes");

  const auto alone = [&](const Words& variables, const Words& more) {
    Words words = {"env"};
    words.insert(words.end(), variables.begin(), variables.end());
    words.push_back(ZOO_BIN_DIR "/zoo");
    auto options = nnlm();
    options.insert(options.end(), more.begin(), more.end());
    const auto command = train("nnlm", "run", options);
    words.insert(words.end(), command.begin(), command.end());
    return words;
  };
  refused(alone({"WORLD_SIZE=2", "RANK=0"}, {}), 2, "MASTER_ADDR: is not set");
  refused(alone({"WORLD_SIZE=2", "RANK=2"}, {}), 2, "RANK: 2 with a WORLD_SIZE of 2");
  const Words place = {"WORLD_SIZE=2", "RANK=0", "MASTER_ADDR=127.0.0.1"};
  auto port = place;
  port.push_back(fmt::format("MASTER_PORT={}", free_port()));
  refused(alone(port, {"--process-timeout", "2"}), 1, "waited 2 s for all 2 processes");
  const TakenPort taken;
  port.back() = fmt::format("MASTER_PORT={}", taken.port());
  refused(alone(port, {"--process-timeout", "2"}), 1, "is in use on this machine");
  EXPECT_FALSE(fs::exists(path("run")));
}

}  // namespace
}  // namespace zoo
