#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "evaluation/beam_search.h"

namespace zoo {

/// All options of zoo evaluate; each task's help says which are its own.
struct EvaluateOptions {
  std::string model, task, vectors, split = "all", mix, weight = "auto", mix_by = "constant", method = "3cosadd",
                                    word_case = "fold", against, bleu_tokenizer = "13a", precision = "fp32",
                                    device = "cpu";
  std::vector<std::string> input, valid, reference, train, words;
  std::int64_t restrict_to = -1, samples = 2000, occurrences = 60, seed = 1, batch_size = 32, shown = 5, threads = 0;
  bool ngrams = false, lowercase = false, json = false, quiet = false;
  SearchOptions search;  ///< its fields are a group of their own

  void fields(Fields& f);
};

struct EvaluationTask {
  std::string_view name, purpose;
  Json (*evaluate)(const EvaluateOptions&);  ///< throws Error in one line
};

/// All of them, in the order of the help.
const std::vector<EvaluationTask>& evaluation_tasks();

Json evaluate_on_text(const EvaluateOptions& options);       ///< perplexity, cloze, sentences
Json evaluate_mixture(const EvaluateOptions& options);       ///< perplexity with --mix
Json evaluate_on_vectors(const EvaluateOptions& options);    ///< similarity, analogy
Json evaluate_in_sentences(const EvaluateOptions& options);  ///< senses, occurrences
Json evaluate_on_tags(const EvaluateOptions& options);
Json evaluate_on_translation(const EvaluateOptions& options);

}  // namespace zoo
