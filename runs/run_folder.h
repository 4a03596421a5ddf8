#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

inline constexpr int kRunFormatVersion = 1;

/// A run is a folder, complete in itself (docs/file_formats.md):
///   config.json  tokenizer/ (in translation with source/ and target/)  model.safetensors  metrics.jsonl  state/<step>/
///   state/latest
/// config.json: {"format_version", "model": {"kind", …options}, "tokenizer": {"type", "fingerprint"} (in
///   translation {"source": {…}, "target": {…}}), "data": {…},
///   "training": {…}, "word_vectors": {"tensor": NAME} where it has them, "made_by": {versions, seed, machine},
///   "outcome": {"finished", "reason", …} once training has stopped}.
class RunFolder {
 public:
  /// An existing run. Throws Error naming what is missing or foreign.
  static RunFolder open(const std::filesystem::path& path);
  /// A new one: makes the folder. Throws Error if it holds something that is not a run, or a run; with `replace` that
  /// run's own files are removed.
  static RunFolder create(const std::filesystem::path& path, bool replace = false);
  static bool is_run(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.json"; }
  std::filesystem::path weights_file() const { return path_ / "model.safetensors"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tokenizer_folder() const { return path_ / "tokenizer"; }

  Json config() const;  ///< checked: format_version known, model.kind there
  void write_config(const Json& config);
  /// Writes config.json anew with this "outcome": {"finished": …, "reason": "validation stopped improving", …}.
  void write_outcome(const Json& outcome);
  std::string model_kind() const;
  /// The run's tokenizer; in translation the target language's. Its fingerprint agrees with the config's, or Error.
  std::shared_ptr<const Tokenizer> tokenizer() const;
  /// In translation the source language's, else null.
  std::shared_ptr<const Tokenizer> source_tokenizer() const;

  /// The folder state/<step> that the small file `latest` names, if any state was saved. Throws Error if it is gone.
  std::optional<std::filesystem::path> latest_state() const;
  /// `write` fills a new folder, which is flushed and becomes state/<step>; then `latest` is renamed onto it and
  /// older states are removed. A kill at any instant leaves the last complete one.
  void save_state(std::int64_t step, const std::function<void(const std::filesystem::path&)>& write);

  /// The config's outcome says "finished": true: training came to its end (and not only to its time limit), so that
  /// --resume has nothing to do and compare reuses it.
  bool finished() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// metrics.jsonl: an object a line. Opening cuts off a last line that was not written to its end and, with
/// `keep_steps`, the lines whose "step" is beyond that.
class MetricsLog {
 public:
  MetricsLog(const std::filesystem::path& file, std::optional<std::int64_t> keep_steps);
  void write(const Json& line);  ///< appended by one write
  /// A last line cut short is left out; no file: no lines. Throws Error naming any other line that is no JSON object.
  static std::vector<Json> read(const std::filesystem::path& file);

 private:
  std::filesystem::path file_;
};

}  // namespace zoo
