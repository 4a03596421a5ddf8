#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "data/splits.h"
#include "evaluation/abilities.h"
#include "evaluation/cloze.h"
#include "evaluation/perplexity.h"
#include "evaluation/sentence_scores.h"
#include "models/model_table.h"
#include "models/saved_model.h"

namespace zoo {

/// Perplexity, cloze and sentences: a run's model reads a text through its own tokenizer.
Json evaluate_on_text(const EvaluateOptions& options) {
  if (!options.mix.empty()) return evaluate_mixture(options);
  if (!RunFolder::is_run(options.model)) {
    fail("--model {}: is not a run folder; {} needs a trained model", options.model, options.task);
  }
  const SavedModel saved = load_run(options.model, model_table());
  const Ability ability = options.task == "cloze" ? Ability::cloze : Ability::next_word;
  const std::string name = fmt::format("{} ({})", options.model, saved.kind->name());
  if (!can(*saved.model, ability)) fail_without(ability, name, model_table());
  const bool line_ends = saved.config.value(Json::json_pointer("/data/line_ends"), true);  // as it was trained
  Json result = {{"task", options.task},
                 {"model", options.model},
                 {"kind", saved.kind->name()},
                 {"input", options.input},
                 {"split", options.split}};
  if (options.task == "sentences") {
    result.update(score_sentences(*saved.model, *saved.tokenizer, TextReader(options.input, part_named(options.split)),
                                  {.line_ends = line_ends, .batch_size = options.batch_size}));
    return result;
  }
  CorpusOptions corpus_options;
  corpus_options.line_ends = line_ends;
  const Corpus corpus = open_corpus(options.input, part_named(options.split), *saved.tokenizer, corpus_options);
  check_tokenizer(corpus, *saved.tokenizer, name);
  if (ability == Ability::next_word) {
    result.update(perplexity_both_ways(*saved.model, corpus));
    return result;
  }
  ClozeOptions cloze_options;
  cloze_options.samples = options.samples;
  cloze_options.seed = static_cast<std::uint64_t>(options.seed);
  result.update(cloze(*saved.model->cloze(), corpus, cloze_options).to_json());
  result["samples"] = options.samples;
  result["seed"] = options.seed;
  return result;
}

}  // namespace zoo
