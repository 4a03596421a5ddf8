#include "report/trainer_call.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/process.h"
#include "report/measures.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> trainer_of(const std::string& model) {
  const auto own = executable_folder() / ("zoo-train-" + model);
  if (fs::exists(own)) return {own.string()};
  return {(executable_folder() / "zoo-train").string(), model};
}

}  // namespace

void clear_place(Step step, const fs::path& folder) {
  if (step != Step::anew) return;
  log_info(fmt::format("{}: made with other settings or another text; training it anew", folder.string()));
  fs::remove_all(folder);
}

TrainerAnswer call_trainer(const TrainerCall& call) {
  make_folder(call.config_file.parent_path());
  write_json(call.config_file, call.config);
  auto words = trainer_of(call.model);
  words.insert(words.end(), call.texts.begin(), call.texts.end());
  for (const auto& word : {std::string("--config"), call.config_file.string(), std::string("--seed"),
                           std::to_string(call.seed), std::string("--max-minutes"), fmt::format("{:.4f}", call.minutes),
                           std::string("--output"), call.folder.string(), std::string("--json")}) {
    words.push_back(word);
  }
  if (call.step == Step::resume) words.emplace_back("--resume");
  if (quiet()) words.emplace_back("--quiet");
  log_info(fmt::format("── {}: {}, at most {} in all", call.title, call.step == Step::resume ? "going on" : "training",
                       minutes_text(call.minutes)));
  const auto result = run_process(words);
  if (result.exit_status == 130 || interrupted()) {
    throw Interrupted("stopped; the same command goes on from here");
  }
  TrainerAnswer answer{.exit_status = result.exit_status, .peak_bytes = result.peak_bytes};
  if (result.exit_status == 0) answer.outcome = parse_json(result.output, words.front() + " --json");
  return answer;
}

}  // namespace zoo
