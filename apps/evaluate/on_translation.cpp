#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "evaluation/abilities.h"
#include "evaluation/translation_scores.h"
#include "models/model_table.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

/// The test translated by the run in `folder` and scored.
TranslationScores translated_by(const std::string& option, const std::string& folder, const TranslationTest& test,
                                const EvaluateOptions& options, std::string& kind) {
  if (!RunFolder::is_run(folder)) fail("{} {}: is not a run folder; translation needs a trained model", option, folder);
  const SavedModel saved = load_run(folder, model_table());
  kind = saved.kind->name();
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", folder, saved.kind->name()), model_table());
  }
  prepare(saved, options.precision);
  Progress progress("translating", static_cast<double>(test.sources.size()), "sentences");
  auto scores =
      translation_scores(*model, *saved.source_tokenizer, *saved.tokenizer, test, options.search,
                         {.lowercase = options.lowercase, .tokenizer = options.bleu_tokenizer}, options.batch_size,
                         [&](std::int64_t done) { progress.update(static_cast<double>(done)); });
  hide_progress();
  if (scores.cut > 0) {
    log_warning(
        fmt::format("--input: {} sentences are longer than the {} tokens that {} reads; they were translated in parts",
                    scores.cut, model->longest_source(), folder));
  }
  return scores;
}

}  // namespace

Json evaluate_on_translation(const EvaluateOptions& options) {
  if (options.reference.empty()) fail_usage("--reference: give what the input should become, line by line");
  const auto test = read_translation_test(options.input, options.reference);
  std::string kind, other_kind;
  const auto scores = translated_by("--model", options.model, test, options, kind);
  Json result = {{"task", options.task},          {"model", options.model},         {"kind", kind},
                 {"input", options.input},        {"reference", options.reference}, {"beam", options.search.beam},
                 {"alpha", options.search.alpha}, {"precision", options.precision}};
  result.update(scores.to_json(test, options.shown));
  if (!options.against.empty()) {
    const auto others = translated_by("--against", options.against, test, options, other_kind);
    result["against"] = {{"model", options.against},
                         {"kind", other_kind},
                         {"significance", significance_of(scores, others, static_cast<std::uint64_t>(options.seed))}};
  }
  return result;
}

}  // namespace zoo
