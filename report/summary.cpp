#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/progress.h"
#include "report/measures.h"

namespace zoo {
namespace {

std::optional<double> number_of(const Json& row, const std::string& key) {
  const auto found = row.find(key);
  return found == row.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

bool left_only(const Json& row, const Measure& measure) {
  return measure.name.rfind("cloze", 0) == 0 && row.value("cloze_left_only", false);
}

/// The best number of a column. One that sees only the left of a gap can win too: it is marked, and won in spite of it.
std::optional<double> best_of(const Json& models, const Measure& measure) {
  std::optional<double> best;
  for (const auto& row : models) {
    const auto value = number_of(row, measure.name);
    if (!value) continue;
    if (!best || (measure.lower_is_better ? *value < *best : *value > *best)) best = value;
  }
  return best;
}

Table::Cell measure_cell(const Json& row, const Measure& measure, std::optional<double> best, bool several) {
  const auto value = number_of(row, measure.name);
  if (!value) return {.text = "–", .note = "this model has no such number"};
  auto text = measure_text(measure, *value, number_of(row, measure.name + "_deviation"));
  if (left_only(row, measure)) text += " †";
  return {.text = text, .best = several && best && *value == *best};
}

std::string baseline_key(const Json& report) { return report.contains("baselines") ? "baselines" : ""; }

}  // namespace

std::vector<std::string> rung_names(const Json& report) {
  std::vector<std::string> names;
  for (const auto& [name, row] : report.at("models").items()) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return report["models"][a].value("step", 0) < report["models"][b].value("step", 0);
  });
  return names;
}

Table headline_table(const Json& report) {
  const auto& models = report.at("models");
  Table table;
  table.columns.push_back({.title = "Model", .number = false});
  std::vector<const Measure*> shown;
  for (const auto& measure : measures()) {
    const auto has = std::count_if(models.begin(), models.end(),
                                   [&](const Json& row) { return number_of(row, measure.name).has_value(); });
    if (has == 0 || measure.place == Measure::Place::data) continue;
    shown.push_back(&measure);
    table.columns.push_back({.title = measure.title + (measure.lower_is_better ? " ↓" : " ↑"), .note = measure.brief});
  }
  table.columns.push_back({.title = "Parameters", .note = "numbers that training set"});
  table.columns.push_back({.title = "Training", .note = "wall-clock time of one training"});
  bool any_left_only = false;
  const auto add = [&](const Json& row, bool baseline) {
    std::vector<Table::Cell> cells = {{.text = row.value("title", "?") + (baseline ? " (baseline)" : "")}};
    for (const auto* measure : shown) {
      const auto has = std::count_if(models.begin(), models.end(),
                                     [&](const Json& other) { return number_of(other, measure->name).has_value(); });
      cells.push_back(measure_cell(row, *measure, baseline ? std::nullopt : best_of(models, *measure), has > 1));
      any_left_only |= number_of(row, measure->name) && left_only(row, *measure);
    }
    const auto parameters = number_of(row, "parameters"), minutes = number_of(row, "minutes");
    cells.push_back({.text = parameters ? short_number(*parameters) : "–"});
    cells.push_back({.text = minutes ? minutes_text(*minutes) : "–"});
    table.rows.push_back(std::move(cells));
  };
  if (const auto key = baseline_key(report); !key.empty()) {
    for (const auto& row : report[key]) add(row, true);
  }
  for (const auto& name : rung_names(report)) add(models[name], false);
  if (any_left_only) table.notes.push_back("† sees only the words to the left of the gap; the others see both sides.");
  return table;
}

Table cost_table(const Json& report) {
  const auto& models = report.at("models");
  Table table;
  table.columns = {{.title = "Model", .number = false},
                   {.title = "Parameters"},
                   {.title = "Tokens seen", .note = "training tokens, each counted as often as it was seen"},
                   {.title = "Training"},
                   {.title = "Tokens/s"},
                   {.title = "Memory", .note = "peak resident memory of the training process"},
                   {.title = "Ended because", .number = false}};
  const std::vector<std::string> keys = {"parameters", "tokens", "minutes", "tokens_per_second", "peak_memory_bytes"};
  for (const auto& name : rung_names(report)) {
    const auto& row = models[name];
    std::vector<Table::Cell> cells = {{.text = row.value("title", name)}};
    for (const auto& key : keys) {
      double most = 0;
      for (const auto& other : models) most = std::max(most, number_of(other, key).value_or(0));
      const auto value = number_of(row, key);
      if (!value) {
        cells.push_back({.text = "–"});
        continue;
      }
      const auto text = key == "minutes"             ? minutes_text(*value)
                        : key == "peak_memory_bytes" ? bytes_text(*value)
                                                     : short_number(*value);
      cells.push_back({.text = text, .share = most > 0 ? *value / most : 0});
    }
    cells.push_back({.text = row.value("ended", "")});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::vector<std::pair<std::string, Table>> neighbour_tables(const Json& report) {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, Json>> columns;
  for (const auto& name : rung_names(report)) {
    const auto& row = report["models"][name];
    if (!row.contains("neighbours") || row["neighbours"].empty()) continue;
    columns.emplace_back(row.value("title", name), row["neighbours"]);
    for (const auto& [word, list] : row["neighbours"].items()) {
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
  }
  std::vector<std::pair<std::string, Table>> tables;
  if (columns.empty()) return tables;
  Table table;
  table.columns.push_back({.title = "Word", .number = false});
  for (const auto& [title, unused] : columns) table.columns.push_back({.title = title, .number = false});
  for (const auto& word : words) {
    std::vector<Table::Cell> cells = {{.text = word}};
    for (const auto& [unused, neighbours] : columns) {
      Table::Cell cell;
      for (const auto& pair : neighbours.value(word, Json::array())) {
        cell.text += (cell.text.empty() ? "" : ", ") + pair.at(0).get<std::string>();
        cell.note += fmt::format("{}{} {:.2f}", cell.note.empty() ? "" : "  ", pair.at(0).get<std::string>(),
                                 pair.at(1).get<double>());
      }
      if (cell.text.empty()) cell.text = "–";
      cells.push_back(cell);
    }
    table.rows.push_back(std::move(cells));
  }
  tables.emplace_back("The nearest words by cosine", std::move(table));
  return tables;
}

std::string scope_sentence(const Json& report) {
  const auto text = report.value("text", Json::object());
  const auto settings = report.value("settings", Json::object());
  const auto count = report.at("models").size();
  auto sentence = fmt::format("{} {}, trained on the same {} tokens of {} and tested on the same {}", count,
                              count == 1 ? "model" : "models", grouped(text.value("train_tokens", 0.0)),
                              text.value("name", "a text"), grouped(text.value("test_tokens", 0.0)));
  sentence += fmt::format(", with one vocabulary of {} {}", grouped(text.value("vocabulary", 0.0)),
                          text.value("tokenizer_type", "word") == "word" ? "words" : "pieces");
  if (const auto seeds = settings.value("seeds", 1); seeds > 1) {
    sentence += fmt::format("; each number is the mean of {} seeds ± deviation", seeds);
  }
  return sentence + ".";
}

}  // namespace zoo
