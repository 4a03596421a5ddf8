// zoo launch --processes N -- train …: several processes of this machine train one model. On several machines the
// same processes are started by torchrun, SLURM or Kubernetes, which set the same variables.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>

#include "apps/launch/children.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/process.h"

namespace zoo {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

struct LaunchOptions {
  std::int64_t processes = 2, port = 0;
  void fields(Fields& field) {
    field("processes", processes, "how many; they share this machine's cores").range(1, 1024);
    field("port", port, "where they meet; 0: one that is free").range(0, 65535);
  }
};

std::vector<Child> start_all(const LaunchOptions& options, const std::vector<std::string>& words) {
  const auto port = options.port > 0 ? static_cast<int>(options.port) : free_port();
  const auto size = std::to_string(options.processes);
  std::vector<Child> children;
  for (int rank = 0; rank < options.processes; ++rank) {
    const auto own = std::to_string(rank);
    children.push_back(start_child(
        rank, words,
        {"WORLD_SIZE=" + size, "LOCAL_WORLD_SIZE=" + size, "RANK=" + own, "LOCAL_RANK=" + own, "MASTER_ADDR=127.0.0.1",
         fmt::format("MASTER_PORT={}", port), "TORCHELASTIC_USE_AGENT_STORE=False", "ZOO_LAUNCHED=1"}));
  }
  return children;
}

bool any_runs(const std::vector<Child>& children) {
  return std::any_of(children.begin(), children.end(), [](const Child& child) { return child.running; });
}

/// Waits until all have ended or the time is over.
void wait_for(std::vector<Child>& children, seconds most) {
  const auto end = Clock::now() + most;
  while (any_runs(children) && Clock::now() < end) watch(children, 50);
}

void end_all(std::vector<Child>& children) {
  signal_all(children, SIGTERM);
  wait_for(children, seconds(10));
  signal_all(children, SIGKILL);
  wait_for(children, seconds(10));
}

std::string last_line(const Child& child) {
  std::string_view text = child.last_words;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  auto line = std::string(text.substr(text.rfind('\n') + 1));
  return line.starts_with("zoo: ") ? line.substr(5) : line;
}

/// The first that failed, once it has: what the others say follows from it.
[[noreturn]] void tell_and_end(std::vector<Child>& children, const Child& failed) {
  const auto rank = failed.rank;
  const auto status = failed.exit_status();
  const auto said = last_line(failed);
  // What is wrong with the options or the text rank 0 says as well: then once is enough.
  if (rank != 0 && status < 128) {
    const auto end = Clock::now() + seconds(2);
    while (children[0].running && Clock::now() < end) watch(children, 50);
  }
  const bool told = rank == 0 ? status < 128 : children[0].failed() && children[0].exit_status() < 128;
  const auto of_rank_0 = children[0];
  end_all(children);
  if (told && (status == 2 || of_rank_0.exit_status() == 2)) throw UsageError("");
  if (told) throw Error("");
  if (status >= 128) {
    fail("rank {} was ended by signal {} ({}); the others were ended too; go on with --resume", rank, status - 128,
         ::strsignal(status - 128));
  }
  fail("rank {}: {}", rank, said.empty() ? fmt::format("ended with status {}", status) : said);
}

/// Ends all when one has failed; one that was interrupted has asked the others to stop with it.
void look_at(std::vector<Child>& children, bool& stopping) {
  for (const auto& child : children) {
    if (child.interrupted()) stopping = true;
  }
  for (const auto& child : children) {
    if (!stopping && child.failed()) tell_and_end(children, child);
  }
}

int launch(int argc, char** argv) {
  const auto separator = std::find(argv, argv + argc, std::string_view("--"));
  LaunchOptions options;
  CommandLine line({"zoo launch", "trains one model in several processes of this machine",
                    "zoo launch --processes 2 -- train nnlm --input corpus.txt --output runs/nnlm"});
  line.add("Options", fields_of(options));
  if (line.parse(static_cast<int>(separator - argv), argv)) return 0;
  line.apply();
  std::vector<std::string> words = {(executable_folder() / "zoo").string()};
  for (auto word = separator; word < argv + argc; ++word) {
    if (word != separator) words.emplace_back(*word);
  }
  if (words.size() < 2 || words[1] != "train") {
    fail_usage("zoo launch: give the training after --, for example zoo launch --processes {} -- train nnlm …",
               options.processes);
  }
  auto children = start_all(options, words);
  bool stopping = false;
  while (any_runs(children)) {
    watch(children, 100);
    if (interrupted() && !stopping) {
      signal_all(children, SIGINT);  // each saves what it has and ends with status 130
      stopping = true;
    }
    if (!stopping) look_at(children, stopping);
  }
  if (!stopping) look_at(children, stopping);
  return children[0].exit_status();
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::launch); }
