#pragma once

#include <functional>
#include <optional>
#include <string>

#include "batches/batcher.h"
#include "data/corpus.h"
#include "models/model.h"
#include "runs/run_folder.h"
#include "training/options.h"
#include "training/process_group.h"
#include "training/sitting.h"

namespace zoo {

/// What a validation asks of a model beside its loss: a score, the higher the better ("bleu"). Nothing if interrupted.
struct Judge {
  std::string name;
  std::function<std::optional<double>(Model&)> score;
};

struct TrainingData {
  Corpus train;
  std::optional<Corpus> valid;  ///< none: no validation, and the last weights are the best
  /// In translation the texts above are the target language's, and these the source's, line by line.
  std::optional<Corpus> train_source, valid_source;
  /// Says which weights are the best, and when there has been no better one for too long; without it the loss does.
  std::optional<Judge> judge = std::nullopt;
};

/// Batches of the kind that a model asks for; pairs take a `source` as well. Throws Error where the two do not go
/// together.
Batcher make_batcher(const Corpus& text, const std::optional<Corpus>& source, const Examples& examples,
                     const BatcherOptions& options);

// Several processes (`group`, null for one) train one model: each is given the same options, its own reading of the
// same texts, and a run folder that only rank 0's drivers write to and read states from.
//
// Both drivers keep the run folder: metrics.jsonl, state/, model.safetensors with the best weights (at the latest when
// they return). With a state in the folder they go on from it, to the bit. They throw Interrupted on Ctrl-C, after
// saving, and Error when the loss is NaN or infinite, naming the weights that are kept.
// `model` holds the last weights afterwards.

/// The training loop of every Differentiable model. A step is one update: the gradients of `accumulate` batches,
/// divided by the number of units in all of them.
/// Several processes share the rows of every batch, so that a step is the one that a single process would take.
TrainingOutcome train_by_gradient(Model& model, const TrainingData& data, const TrainingOptions& options,
                                  const SittingOptions& sitting, RunFolder& run, ProcessGroup* group = nullptr);

/// The driver of SelfTrained models. A step is one of the model's slices, of about a second.
/// Several processes share the text of every slice and average the rows they touched after it. Throws UsageError where
/// the model cannot be trained so.
TrainingOutcome train_itself(Model& model, const TrainingData& data, std::uint64_t seed, const SittingOptions& sitting,
                             RunFolder& run, ProcessGroup* group = nullptr);

/// Mean loss over the corpus in its order, weights fixed: the sum and count of all batches, which travel together.
/// Nothing if interrupted. Several processes share the rows, and all get the sum.
struct LossSum {
  double sum = 0;
  std::int64_t count = 0;
  Unit unit = Unit::token;
  double mean() const { return sum / static_cast<double>(count); }
};
std::optional<LossSum> validation_loss(Differentiable& model, const Corpus& corpus, std::int64_t batch_size,
                                       const std::optional<Corpus>& source = std::nullopt,
                                       ProcessGroup* group = nullptr);

}  // namespace zoo
