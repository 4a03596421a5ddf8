#include "report/study_training.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "report/measures.h"
#include "report/trainer_call.h"
#include "report/training_plan.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

void run_training(const StudyTraining& training, Step step, const fs::path& note_file, Json& note) {
  clear_place(step, training.folder);
  if (step == Step::anew) note = Json::object();
  make_folder(training.folder.parent_path());
  note["key"] = training.key;
  write_json(note_file, note);
  const auto answer = call_trainer({.model = training.model,
                                    .title = training.title,
                                    .texts = training.texts,
                                    .config_file = training.folder.string() + ".config.json",
                                    .config = training.config,
                                    .minutes = training.minutes,
                                    .folder = training.folder,
                                    .step = step});
  if (answer.exit_status != 0) fail("its training ended with exit status {}", answer.exit_status);
  if (answer.outcome.contains("parameters")) note["parameters"] = answer.outcome["parameters"];
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
