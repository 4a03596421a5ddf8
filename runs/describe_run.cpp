#include "runs/describe_run.h"

#include "formats/safetensors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_below(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return fs::file_size(path, error);
  std::uint64_t bytes = 0;
  for (auto entry = fs::recursive_directory_iterator(path, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    if (entry->is_regular_file(error)) bytes += entry->file_size(error);
  }
  return bytes;
}

/// The first line whose `key` is the least number (sign 1) or the greatest (−1), or null.
Json least(const std::vector<Json>& lines, const std::string& key, double sign = 1) {
  const Json* best = nullptr;
  for (const auto& line : lines) {
    if (!line.contains(key) || !line[key].is_number()) continue;
    if (best == nullptr || sign * line[key].get<double>() < sign * (*best)[key].get<double>()) best = &line;
  }
  return best == nullptr ? Json() : *best;
}

/// `judged_by`: what the run's validation went by, "loss" or the name of a score.
Json metrics_of(const RunFolder& run, const std::string& judged_by) {
  const auto lines = MetricsLog::read(run.metrics_file());
  if (lines.empty()) return nullptr;
  auto best = judged_by == "loss" ? Json() : least(lines, "valid_" + judged_by, -1);
  if (best.is_null()) best = least(lines, "valid_loss");
  if (best.is_null()) best = least(lines, "loss");
  return {{"lines", lines.size()}, {"best", best}, {"last", lines.back()}};
}

}  // namespace

Json describe_run(const RunFolder& run) {
  const auto config = run.config();
  Json description = {{"path", run.path().string()}};
  for (const char* part : {"model", "tokenizer", "data", "training", "word_vectors", "made_by", "outcome"}) {
    description[part] = config.value(part, Json());
  }
  auto tensors = Json::array();
  std::int64_t parameters = 0;
  if (fs::exists(run.weights_file())) {
    const SafetensorsFile weights(run.weights_file());
    for (const auto& tensor : weights.tensors()) {
      tensors.push_back({{"name", tensor.name}, {"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}});
      parameters += tensor.elements();
    }
  }
  description["tensors"] = tensors;
  description["parameters"] = parameters;
  description["metrics"] = metrics_of(
      run, description["training"].is_object() ? description["training"].value("validate_by", "loss") : "loss");
  const auto state = run.latest_state();
  description["latest_state"] = state ? Json(state->filename().string()) : Json();
  description["bytes"] = {{"weights", bytes_below(run.weights_file())},
                          {"tokenizer", bytes_below(run.tokenizer_folder())},
                          {"state", bytes_below(run.path() / "state")},
                          {"total", bytes_below(run.path())}};
  return description;
}

}  // namespace zoo
