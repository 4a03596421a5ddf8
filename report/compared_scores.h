#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "report/compared_text.h"
#include "report/compared_training.h"
#include "report/kept_answers.h"

namespace zoo {

/// report.json's "models": every training scored on the same test text by running zoo-evaluate, what its model can be
/// asked for; several seeds become mean and deviation. Scores of unchanged weights are taken from `answers`.
/// What could not be measured is added to `left_out`.
Json score_models(const std::vector<Training>& trainings, const ComparedText& text, KeptAnswers& answers,
                  Json& left_out);

/// One object for each seed → one row: numbers become means, with NAME_deviation beside those that have several.
Json row_of_seeds(const std::vector<Json>& runs);

/// The curve of metrics.jsonl's lines that says most: validation perplexity, else training perplexity, else validation
/// loss, else training loss, as [tokens, minutes, value], thinned to about `most` points. A null where there is none.
Json learning_curve(const std::vector<Json>& metrics, const std::string& title, std::size_t most = 200);

}  // namespace zoo
