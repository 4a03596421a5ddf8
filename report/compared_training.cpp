#include "report/compared_training.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "report/trainer_call.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// Notes on what zoo compare trained, by the name of the training: its key, parameters, memory.
class Notes {
 public:
  explicit Notes(fs::path file) : file_(std::move(file)) {
    if (fs::exists(file_)) notes_ = read_json(file_);
    if (!notes_.is_object()) fail("{}: not the notes of zoo compare; move it away", file_.string());
  }
  Json of(const std::string& name) const { return notes_.value(name, Json::object()); }
  void set(const std::string& name, const Json& note) {
    notes_[name] = note;
    write_json(file_, notes_);
  }

 private:
  fs::path file_;
  Json notes_ = Json::object();
};

std::vector<Training> all_trainings(const std::vector<Rung>& rungs, const ComparedText& text,
                                    const TrainingChoice& choice) {
  const auto models = models_folder();
  std::vector<Training> trainings;
  for (int seed = 1; seed <= choice.seeds; ++seed) {
    for (const auto& rung : rungs) {
      Training training{.rung = rung, .seed = seed};
      training.name = seed == 1 ? rung.name : fmt::format("{}-seed{}", rung.name, seed);
      training.folder = choice.output / training.name;
      training.config = rung_config(rung, choice.size, models);
      training.key =
          sha256(Json({{"model", rung.model}, {"config", training.config}, {"seed", seed}, {"text", text.key}}).dump());
      trainings.push_back(std::move(training));
    }
  }
  std::stable_sort(trainings.begin(), trainings.end(),
                   [](const Training& a, const Training& b) { return a.rung.trains_itself > b.rung.trains_itself; });
  return trainings;
}

void train(Training& training, Step step, double share, const ComparedText& text, const TrainingChoice& choice,
           Notes& notes) {
  clear_place(step, training.folder);
  auto note = notes.of(training.name);
  note["key"] = training.key;
  notes.set(training.name, note);
  TrainerCall call{.model = training.rung.model,
                   .title = training.rung.title,
                   .texts = {"--input"},
                   .config_file = choice.output / "configs" / (training.name + ".json"),
                   .config = training.config,
                   .seed = training.seed,
                   .minutes = std::max(share, kLeastMinutes),
                   .folder = training.folder,
                   .step = step};
  if (!training.rung.trains_itself) call.config["training"]["device"] = choice.device;
  if (choice.seeds > 1) call.title += fmt::format(", seed {}", training.seed);
  call.texts.insert(call.texts.end(), text.inputs.begin(), text.inputs.end());
  call.texts.insert(call.texts.end(), {"--tokenizer", text.tokenizer_folder.string()});
  const auto answer = call_trainer(call);
  if (answer.exit_status != 0) {
    training.failed = fmt::format("its training ended with exit status {}", answer.exit_status);
    log_warning(fmt::format("{}: {}", training.rung.title, training.failed));
    return;
  }
  if (answer.outcome.contains("parameters")) note["parameters"] = answer.outcome["parameters"];
  note["peak_memory_bytes"] = std::max(note.value("peak_memory_bytes", std::uint64_t{0}), answer.peak_bytes);
  notes.set(training.name, note);
}

}  // namespace

std::vector<Training> run_trainings(const std::vector<Rung>& rungs, const ComparedText& text,
                                    const TrainingChoice& choice) {
  auto trainings = all_trainings(rungs, text, choice);
  Notes notes(choice.output / "trainings.json");
  std::vector<int> sittings(trainings.size(), 0);
  for (bool first_round = true;; first_round = false) {
    bool worked = false;
    for (std::size_t i = 0; i < trainings.size(); ++i) {
      auto& training = trainings[i];
      if (!training.failed.empty() || sittings[i] >= 3) continue;
      std::vector<Standing> standings;
      for (const auto& other : trainings) {
        auto standing = standing_of(other.folder, notes.of(other.name).value("key", ""));
        if (standing.is_run && standing.key != other.key) standing = {.is_run = true, .key = standing.key};
        standing.finished |= !other.failed.empty();
        standings.push_back(standing);
      }
      const auto share = share_of_each(choice.minutes, standings);
      const auto step = next_step(standings[i], training.key, share, training.folder);
      if (step == Step::reuse) {
        if (first_round && sittings[i] == 0) {
          log_info(fmt::format("── {}: {} is reused ({})", training.rung.title, training.folder.string(),
                               ending_text(training.folder)));
        }
        continue;
      }
      ++sittings[i];
      worked = true;
      train(training, step, share, text, choice, notes);
    }
    if (!worked) break;
  }
  for (auto& training : trainings) {
    const auto note = notes.of(training.name);
    for (const auto* key : {"parameters", "peak_memory_bytes"}) {
      if (note.contains(key)) training.facts[key] = note[key];
    }
  }
  return trainings;
}

}  // namespace zoo
