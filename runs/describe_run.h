#pragma once

#include "base/json.h"
#include "runs/run_folder.h"

namespace zoo {

/// All that can be said of a run without its model's code:
/// {"path", "model", "tokenizer", "data", "training", "word_vectors", "made_by", "outcome" (each as in config.json),
///  "tensors": [{"name", "dtype", "shape"}], "parameters": elements of the floating-point ones,
///  "metrics": {"lines", "best": the line of the best score that validation went by, else of least valid_loss (else
///  loss), "last"}, "latest_state": step, "bytes": {"weights", "tokenizer", "state", "total"}}.
/// What is missing is null. Throws Error for a part that is damaged.
Json describe_run(const RunFolder& run);

}  // namespace zoo
