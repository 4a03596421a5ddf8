#include <optional>

#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "data/splits.h"
#include "evaluation/self_similarity.h"
#include "evaluation/senses.h"
#include "models/model_table.h"
#include "models/saved_model.h"
#include "vectors/open_vectors.h"

namespace zoo {

namespace {

std::vector<TaggedOccurrence> read_all_senses(const std::vector<std::string>& files) {
  std::vector<TaggedOccurrence> list;
  for (const auto& file : files) {
    auto more = read_senses(file);
    std::move(more.begin(), more.end(), std::back_inserter(list));
  }
  return list;
}

}  // namespace

/// Senses and occurrences: vectors of words in their sentences.
Json evaluate_in_sentences(const EvaluateOptions& options) {
  if (!RunFolder::is_run(options.model)) {
    fail("--model {}: is not a run folder; {} needs a trained model", options.model, options.task);
  }
  const auto saved = load_run(options.model, model_table());
  const SentenceVectors vectors(*saved.model, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  Json result = {
      {"task", options.task}, {"model", options.model}, {"kind", saved.kind->name()}, {"input", options.input}};
  if (options.task == "senses") {
    result["train"] = options.train;
    SenseBaselines baselines;
    std::optional<NeighbourSearch> words;
    const auto from = !options.vectors.empty() ? options.vectors : vectors.contextual() ? "" : options.model;
    if (!from.empty()) {
      words.emplace(open_vectors(from));
      baselines.words = &*words;
      result["vectors"] = from;
    }
    result.update(
        senses(vectors, *saved.tokenizer, read_all_senses(options.input), read_all_senses(options.train), baselines));
    return result;
  }
  if (options.words.empty()) fail_usage("--words: give the words whose occurrences to compare: play,bank,line");
  const SampleSettings settings{.most = options.occurrences, .seed = static_cast<std::uint64_t>(options.seed)};
  const TextReader text(options.input, part_named(options.split));
  result["split"] = options.split;
  result.update(measure_occurrences(vectors, *saved.tokenizer,
                                    sample_occurrences(text, *saved.tokenizer, options.words, settings)));
  return result;
}

}  // namespace zoo
