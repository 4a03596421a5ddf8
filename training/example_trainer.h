#pragma once

#include <cstdint>
#include <functional>

#include "base/fields.h"
#include "models/model.h"
#include "runs/run_folder.h"
#include "training/sitting.h"

namespace zoo {

inline constexpr std::int64_t kValidations = 16;  ///< of a whole training

struct ExampleTrainingOptions {
  std::int64_t epochs = 5, min_steps = 2000, batch_size = 256, patience = 4;
  double learning_rate = 0.002;

  void fields(Fields& f);
};

/// What a small network learns from examples that all lie in memory, in any order.
struct ExampleProblem {
  std::int64_t examples = 0;
  std::function<Tensor(const Tensor& places)> loss;  ///< places [B] int64 → mean loss, a scalar with a gradient
  struct Score {
    double loss, accuracy;
  };
  std::function<Score()> validate;  ///< on other examples
};

/// Adam (Kingma & Ba 2015) with a rate that falls in a straight line to nothing, over `epochs` or, where there are few
/// examples, `min_steps`. Validates sixteen times; the parameters end as they were at the best validation loss.
/// Stops early after `patience` validations without a better one (0: never), at the sitting's limits, or when
/// interrupted ("interrupted" is the outcome's reason; nothing is thrown).
/// Goes on from the last state in `run` where there is one, to the same bytes as in one sitting; keeps states there as
/// the sitting says, and where it stops before its end. metrics.jsonl gets a line a validation, and `validated` is
/// called with it.
TrainingOutcome train_on_examples(const ExampleProblem& problem, const Parts& parameters,
                                  const ExampleTrainingOptions& options, std::uint64_t seed, RunFolder& run,
                                  const SittingOptions& sitting, const std::function<void(const Json&)>& validated);

}  // namespace zoo
