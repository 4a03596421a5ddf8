#include "report/study_training.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/process.h"
#include "report/compared_training.h"
#include "report/measures.h"
#include "report/training_plan.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

void run_training(const StudyTraining& training, Step step, const fs::path& note_file, Json& note) {
  if (step == Step::anew) {
    log_info(fmt::format("{}: made with other settings or another text; training it anew", training.folder.string()));
    fs::remove_all(training.folder);
    note = Json::object();
  }
  make_folder(training.folder.parent_path());
  const auto config_file = fs::path(training.folder.string() + ".config.json");
  write_json(config_file, training.config);
  note["key"] = training.key;
  write_json(note_file, note);
  auto words = trainer_of(training.model);
  words.insert(words.end(), training.texts.begin(), training.texts.end());
  for (const auto& word : {std::string("--config"), config_file.string(), std::string("--seed"), std::string("1"),
                           std::string("--max-minutes"), fmt::format("{:.4f}", training.minutes),
                           std::string("--output"), training.folder.string(), std::string("--json")}) {
    words.push_back(word);
  }
  if (step == Step::resume) words.emplace_back("--resume");
  if (quiet()) words.emplace_back("--quiet");
  log_info(fmt::format("── {}: {}, at most {} in all", training.title, step == Step::resume ? "going on" : "training",
                       minutes_text(training.minutes)));
  const auto result = run_process(words);
  if (result.exit_status == 130 || interrupted()) {
    throw Interrupted("stopped; the same command goes on from here");
  }
  if (result.exit_status != 0) fail("its training ended with exit status {}", result.exit_status);
  const auto outcome = parse_json(result.output, words.front() + " --json");
  if (outcome.contains("parameters")) note["parameters"] = outcome["parameters"];
  write_json(note_file, note);
}

}  // namespace

Json train_for_study(const StudyTraining& training) {
  const auto note_file = fs::path(training.folder.string() + ".json");
  auto note = fs::exists(note_file) ? read_json(note_file) : Json::object();
  if (!note.is_object()) fail("{}: not the note of zoo compare; move it away", note_file.string());
  const auto standing = standing_of(training.folder, note.value("key", ""));
  const auto step = next_step(standing, training.key, training.minutes, training.folder);
  if (step == Step::reuse) {
    log_info(fmt::format("── {}: {} is reused ({})", training.title, training.folder.string(),
                         ending_text(training.folder)));
  } else {
    run_training(training, step, note_file, note);
  }
  const auto now = standing_of(training.folder, training.key);
  if (!now.usable) fail("{}: no weights came of {}", training.folder.string(), minutes_text(training.minutes));
  Json facts = {{"minutes", now.minutes}, {"ended", ending_text(training.folder)}};
  if (note.contains("parameters")) facts["parameters"] = note["parameters"];
  return facts;
}

}  // namespace zoo
