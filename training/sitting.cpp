#include "training/sitting.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace zoo {

Sitting::Sitting(const RunFolder& run, const SittingOptions& options, std::int64_t step, double seconds, bool writes)
    : options_(options), seconds_before_(seconds), start_(Clock::now()), saved_at_(start_), saved_step_(step) {
  if (!writes) return;
  metrics_.emplace(run.metrics_file(), step);
  if (options.tensorboard) events_.emplace(run.path() / "tensorboard");
}

double Sitting::seconds() const {
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

std::optional<std::string> Sitting::limit_reached(std::int64_t step, bool time_is_up) const {
  if (options_.max_steps > 0 && step >= options_.max_steps) return "step limit";
  if (time_is_up) return "time limit";
  return std::nullopt;
}

bool Sitting::time_is_up() const { return options_.max_minutes > 0 && seconds() >= 60 * options_.max_minutes; }

bool Sitting::checkpoint_due(std::int64_t step) const {
  if (step == saved_step_) return false;
  if (options_.checkpoint_every > 0 && step % options_.checkpoint_every == 0) return true;
  const auto minutes = std::chrono::duration<double>(Clock::now() - saved_at_).count() / 60;
  return options_.checkpoint_minutes > 0 && minutes >= options_.checkpoint_minutes;
}

void Sitting::saved(std::int64_t step) {
  saved_step_ = step;
  saved_at_ = Clock::now();
}

void Sitting::write_metrics(Json line) {
  line["seconds"] = seconds();
  if (!metrics_) return;
  metrics_->write(line);
  if (!events_) return;
  std::vector<std::pair<std::string, double>> values;
  for (const auto& [key, value] : line.items()) {
    if (!value.is_number() || key == "step") continue;
    const bool valid = key.rfind("valid_", 0) == 0;
    values.emplace_back(valid ? "valid/" + key.substr(6) : "train/" + key, value.get<double>());
  }
  std::vector<TensorboardEvents::Scalar> scalars;
  for (const auto& [tag, value] : values) scalars.push_back({tag, value});
  events_->write(line.at("step"), scalars);
}

void Sitting::show(double done, double total, const std::string& note) {
  if (!progress_) {
    progress_ = std::make_unique<Progress>("training", total, "tokens");
    progress_->start_at(done);
    if (options_.max_minutes > 0) progress_->ends_within(std::max(0.0, 60 * options_.max_minutes - seconds()));
  }
  progress_->update(done, note);
}

Json TrainingOutcome::to_json() const {
  Json json = {{"finished", finished}, {"reason", reason}, {"steps", steps}, {"epochs", epochs}, {"seconds", seconds}};
  if (best_valid_loss) {
    json["best_valid_loss"] = *best_valid_loss;
    if (best_valid_score) json["best_valid_score"] = *best_valid_score;
    json["best_step"] = best_step;
  }
  if (processes > 1) {
    json["processes"] = processes;
    json["bytes_sent_per_step"] = bytes_sent_per_step;
  }
  return json;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace zoo
