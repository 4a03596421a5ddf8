#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "report/study.h"
#include "report/table.h"

namespace zoo {

// What report.json says, in tables and sentences. report.json (docs/file_formats.md) holds
//   "models": {NAME: {"model", "title", "step", a number for each measure it has, NAME_deviation for several seeds,
//     "cloze_left_only", "parameters", "minutes", "tokens", "tokens_per_second", "peak_memory_bytes", "ended",
//     "gained", "neighbours": {WORD: [[NEIGHBOUR, COSINE], …]}, "curves": [{"measure", "points": [[TOKENS, MINUTES,
//     VALUE], …]}], "runs": [one object a seed]}}
//   "studies": {NAME: what that study measured},
//   "baselines" (rows that are no model), "text", "settings", "machine", "left_out": [{"what", "why"}].

/// The one table: a row for each model in the order of the road, a column for each measure that any of them has.
Table headline_table(const Json& report);

/// What each cost: parameters, tokens, minutes, speed, memory, how its training ended.
Table cost_table(const Json& report);

/// The words nearest to each chosen word, a column for each model with word vectors.
std::vector<std::pair<std::string, Table>> neighbour_tables(const Json& report);

/// Model names in the order of the road.
std::vector<std::string> rung_names(const Json& report);

/// What the rung `name` gained over the one before it on the road, and what it cost: one sentence from the numbers,
/// whatever they are.
std::string rung_sentence(const Json& report, const std::string& name);

/// "4 models on 984,281 training tokens of brown; …": what was compared, in one sentence.
std::string scope_sentence(const Json& report);

/// The whole report as Markdown: report.md and docs/results; studies without their charts.
std::string report_markdown(const Json& report, const std::vector<const Study*>& from = studies());

}  // namespace zoo
