#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/model.h"
#include "tokenizers/tokenizer_options.h"
#include "training/options.h"
#include "training/process_group.h"
#include "training/sitting.h"
#include "training/trainer.h"

namespace zoo {

/// The text of a run: part of config.json.
struct DataOptions {
  std::vector<std::string> input, valid;
  std::vector<std::string> source, target, valid_source, valid_target;
  bool one_tokenizer = false;
  bool line_ends = true;
  std::string init_from;

  void fields(Fields& field);
  bool two_languages() const { return !source.empty() || !target.empty(); }
};

/// All that makes a run. Groups of it are sections of a --config file and of config.json.
struct RunOptions {
  explicit RunOptions(const ModelKind& kind);

  const ModelKind& kind;
  std::unique_ptr<ModelKind::Options> model;
  TrainingOptions training;
  SittingOptions sitting;
  DataOptions data;
  TokenizerOptions tokenizer;       ///< for training one
  std::string tokenizer_folder;     ///< or one that is there
  std::string output, config_file;  ///< the run's folder; a JSON file of options
  bool resume = false;

  /// Sets what the sections "model", "training" (with a sitting's options), "tokenizer" and "data" of `config` name.
  /// Throws UsageError, naming the full path, for anything unknown or mistyped.
  void read_config(const Json& config, const std::string& origin);
  /// The sections as config.json keeps them: what must not differ from one sitting to the next.
  Json kept() const;
};

/// (metric, the run's texts, the target language's tokenizer) → what scores the validation part by it.
using JudgeMaker =
    std::function<Judge(const std::string&, const TrainingData&, const std::shared_ptr<const Tokenizer>&)>;

struct RunResult {
  TrainingOutcome outcome;
  bool was_finished = false;  ///< there was nothing left to do
  double parameters = 0;
  std::string summary() const;
  Json to_json(const RunOptions& options) const;
};

/// Trains a model into a run folder, from the text on: tokenizer, corpora, config.json, training. With `resume` it goes
/// on with what the folder holds. Throws UsageError for options that cannot be, Error for what goes wrong with the
/// text or the folder, Interrupted after saving on Ctrl-C.
/// `make_judge` makes what options.training.validate_by names, where that is not the loss.
/// Several processes (`group`, null for one) are all given the same options (share_options); only rank 0 uses the
/// folder, and the others wait until it has made tokenizer and corpora.
RunResult train_run(const RunOptions& options, const JudgeMaker& make_judge = {}, ProcessGroup* group = nullptr);

/// For --init-from a run of the same kind, where that kind goes on from runs: sets the model's options as that run has
/// them, and its tokenizer where no other is named. Throws Error where there is a folder that is no run.
void take_model_of_start(RunOptions& options);
/// Whether models of this kind go on from all of a run (models/goes_on.h), and not from word vectors alone.
bool goes_on_from_runs(const ModelKind& kind);

/// For --resume: sets every option as the run in `options.output` has it, but the limits, which are each sitting's own.
/// Throws Error if there is no such run of this kind of model.
void take_options_of_run(RunOptions& options);
/// Throws UsageError naming the first option in which the two differ.
void check_same_options(const Json& started_with, const Json& given);

}  // namespace zoo
