#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "evaluation/beam_search.h"
#include "models/saved_model.h"
#include "training/train_run.h"

/// langzoo as a library: train a run, open one, ask it. Everything below is made of the rooms' own parts, whose
/// headers stand beside this one; static word vectors need none of it, nor LibTorch (vectors/open_vectors.h).
///
/// Errors are zoo::Error, one line that names what is wrong and the way out. Nothing here prints but progress and notes
/// on standard error, which set_quiet() (base/log.h) turns off.
namespace zoo {

/// Trains a model as `zoo train KIND --output FOLDER` does, and leaves the run in `folder`. `config` has the sections
/// of a --config file; every option is that of `zoo train KIND --help`, with _ for -:
///   train("word2vec", "runs/mine", {{"data", {{"input", {"my.txt"}}}}, {"model", {{"dim", 100}}}});
/// Throws UsageError for a model or an option that is not known, Error where `folder` holds a run already.
RunResult train(std::string_view kind, const std::filesystem::path& folder, const Json& config);

/// A sentence and a vector for each of its words.
struct EmbeddedSentence {
  std::vector<std::string> words;  ///< as the run's tokenizer cuts them
  torch::Tensor vectors;           ///< [T, D] float32
};

/// A run that is only used: one object serves any number of threads at once.
class TrainedModel {
 public:
  /// Opens a run folder. `precision`: fp32, bf16 or int8, of what numbers a Transformer's products are; other models
  /// have fp32 only. Throws Error naming what is missing, cut short or foreign.
  explicit TrainedModel(const std::filesystem::path& folder, const std::string& precision = "fp32");

  /// The kind of model, "transformer".
  std::string_view kind() const { return saved_.kind->name(); }
  /// The run's tokenizer; in translation the target language's.
  const Tokenizer& tokenizer() const { return *saved_.tokenizer; }
  /// What it can do, as models/model.h has it: model().next_word() is null where it gives no probabilities.
  const Model& model() const { return *saved_.model; }

  /// A vector for each word of a sentence; from a model with one vector a word always the same. `layer`: average, or a
  /// layer by its number from 0 or its name. Throws Error where the model has no vectors or reads no line so long.
  EmbeddedSentence embed(std::string_view sentence, const std::string& layer = "average") const;

  /// Translations of sentences, the best of each. Throws Error where the model does not translate.
  std::vector<std::string> translate(const std::vector<std::string>& sentences,
                                     const SearchOptions& options = {}) const;
  /// The same, so that translate({"one", "another"}) is no riddle for the compiler: two pointers make a string, too.
  std::vector<std::string> translate(std::initializer_list<std::string> sentences) const {
    return translate(std::vector(sentences));
  }
  /// The translation of one.
  std::string translate(const std::string& sentence) const { return translate(std::vector{sentence}).front(); }

  /// Natural-log probability of a text as one line, summed over its words and its end. Throws Error where the model
  /// gives no probabilities.
  double log_probability(std::string_view text) const;

 private:
  SavedModel saved_;
};

}  // namespace zoo
