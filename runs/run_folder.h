#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

inline constexpr int kRunFormatVersion = 1;

/// A run is a folder, complete in itself (docs/file_formats.md):
///   config.json  tokenizer/  model.safetensors  metrics.jsonl  state/<step>/  state/latest
/// config.json: {"format_version", "model": {"kind", …options}, "tokenizer": {"type", "fingerprint"}, "data": {…},
///   "training": {…}, "word_vectors": {"tensor": NAME} where it has them, "made_by": {versions, seed, machine}}.
class RunFolder {
 public:
  /// An existing run. Throws Error naming what is missing or foreign.
  static RunFolder open(const std::filesystem::path& path);
  /// A new one: makes the folder. Throws Error if it holds something that is not a run, or a run (unless `replace`).
  static RunFolder create(const std::filesystem::path& path, bool replace = false);
  static bool is_run(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.json"; }
  std::filesystem::path weights_file() const { return path_ / "model.safetensors"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tokenizer_folder() const { return path_ / "tokenizer"; }

  Json config() const;  ///< checked: format_version known, model.kind there
  void write_config(const Json& config);
  std::string model_kind() const;
  std::shared_ptr<const Tokenizer> tokenizer() const;  ///< its fingerprint agrees with the config's, or Error

  /// The folder state/<step> that `latest` names, if any state was saved.
  std::optional<std::filesystem::path> latest_state() const;
  /// `write` fills a new folder, which is flushed and becomes state/<step>; then `latest` is renamed onto it and
  /// older states are removed. A kill at any instant leaves the last complete one.
  void save_state(std::int64_t step, const std::function<void(const std::filesystem::path&)>& write);

  /// Training came to its end (and not only to its time limit): --resume has nothing to do, compare reuses it.
  bool finished() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// metrics.jsonl: an object a line. Opening with `keep_steps` cuts it back to lines whose "step" is at most that.
class MetricsLog {
 public:
  MetricsLog(const std::filesystem::path& file, std::optional<std::int64_t> keep_steps);
  void write(const Json& line);                                      ///< appended and flushed
  static std::vector<Json> read(const std::filesystem::path& file);  ///< a last line cut short is left out

 private:
  std::filesystem::path file_;
};

}  // namespace zoo
