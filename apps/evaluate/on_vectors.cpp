#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "evaluation/abilities.h"
#include "evaluation/analogy.h"
#include "evaluation/similarity.h"
#include "models/model_table.h"
#include "runs/run_folder.h"
#include "vectors/open_vectors.h"

namespace zoo {

/// Similarity and analogy: word vectors, wherever they come from. Several files stand under "files".
Json evaluate_on_vectors(const EvaluateOptions& options) {
  if (RunFolder::is_run(options.model)) {
    const RunFolder run = RunFolder::open(options.model);
    if (!run.config().contains("word_vectors")) {
      fail_without(Ability::word_vectors, fmt::format("{} ({})", options.model, run.model_kind()), model_table());
    }
  }
  const NeighbourSearch words(open_vectors(options.model));
  Json result = {{"task", options.task}, {"model", options.model}, {"input", options.input}};
  for (const std::string& file : options.input) {
    Json answer = options.task == "similarity" ? similarity(words, read_word_pairs(file)).to_json()
                                               : analogies(words, read_analogies(file), options.restrict_to).to_json();
    if (options.input.size() == 1) {
      result.update(answer);
    } else {
      result["files"][file] = std::move(answer);
    }
  }
  return result;
}

}  // namespace zoo
