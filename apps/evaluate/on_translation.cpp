#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "evaluation/abilities.h"
#include "evaluation/translation_scores.h"
#include "models/model_table.h"
#include "models/saved_model.h"

namespace zoo {

Json evaluate_on_translation(const EvaluateOptions& options) {
  if (!RunFolder::is_run(options.model)) {
    fail("--model {}: is not a run folder; translation needs a trained model", options.model);
  }
  if (options.reference.empty()) fail_usage("--reference: give what the input should become, line by line");
  const auto test = read_translation_test(options.input, options.reference);
  const SavedModel saved = load_run(options.model, model_table());
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  Progress progress("translating", static_cast<double>(test.sources.size()), "sentences");
  const auto scores = translation_scores(*model, *saved.source_tokenizer, *saved.tokenizer, test, options.search,
                                         {.lowercase = options.lowercase}, options.batch_size,
                                         [&](std::int64_t done) { progress.update(static_cast<double>(done)); });
  hide_progress();
  if (scores.cut > 0) {
    log_warning(
        fmt::format("--input: {} sentences are longer than the {} tokens that the model reads; their rest was "
                    "left out",
                    scores.cut, model->longest_source()));
  }
  Json result = {{"task", options.task},         {"model", options.model},         {"kind", saved.kind->name()},
                 {"input", options.input},       {"reference", options.reference}, {"beam", options.search.beam},
                 {"alpha", options.search.alpha}};
  result.update(scores.to_json(test, options.shown));
  return result;
}

}  // namespace zoo
