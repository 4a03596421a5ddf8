#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "evaluation/abilities.h"
#include "evaluation/analogy.h"
#include "evaluation/similarity.h"
#include "models/model_table.h"
#include "runs/run_folder.h"
#include "vectors/open_vectors.h"

namespace zoo {

constexpr std::int64_t kAnalogyCut = 30'000;  ///< word2vec.c's usual one

/// Similarity and analogy: word vectors, wherever they come from. Several files stand under "files".
Json evaluate_on_vectors(const EvaluateOptions& options) {
  if (RunFolder::is_run(options.model)) {
    const RunFolder run = RunFolder::open(options.model);
    if (!run.config().contains("word_vectors")) {
      fail_without(Ability::word_vectors, fmt::format("{} ({})", options.model, run.model_kind()), model_table());
    }
  }
  const NeighbourSearch words(open_vectors(options.model));
  const auto word_case = word_case_named(options.word_case);
  const bool analogy = options.task == "analogy";
  const AnalogyRules rules = {.method = options.method == "3cosmul" ? AnalogyMethod::multiply : AnalogyMethod::add,
                              .word_case = word_case};
  const auto restrict_to = options.restrict_to >= 0 ? options.restrict_to : analogy ? kAnalogyCut : 0;
  Json result = {
      {"task", options.task}, {"model", options.model}, {"input", options.input}, {"case", options.word_case}};
  if (analogy) result["method"] = options.method;
  for (const std::string& file : options.input) {
    Json answer = analogy ? analogies(words, read_analogies(file), restrict_to, rules).to_json()
                          : similarity(words, read_word_pairs(file), restrict_to, word_case, options.ngrams).to_json();
    if (options.input.size() == 1) {
      result.update(answer);
    } else {
      result["files"][file] = std::move(answer);
    }
  }
  return result;
}

}  // namespace zoo
