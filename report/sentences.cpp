#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/progress.h"
#include "report/measures.h"
#include "report/shown_studies.h"
#include "report/summary.h"

namespace zoo {
namespace {

std::optional<double> number_of(const Json& row, const std::string& key) {
  const auto found = row.find(key);
  return found == row.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return out;
}

std::string lower_first(std::string text) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  // "Perplexity" but neither "WordSim-353" nor "BLEU".
  if (std::count_if(text.begin(), text.end(), capital) == 1 && capital(text[0])) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

/// "287.4 against 316.0 (9 % lower)"
std::string held_against(const Measure& measure, double value, double reference) {
  return fmt::format("{} {} against {} ({})", lower_first(measure.title), measure_text(measure, value),
                     measure_text(measure, reference), change_text(measure, value, reference));
}

std::string cost_phrase(const Json& row, const Json* before) {
  std::vector<std::string> parts;
  if (const auto minutes = number_of(row, "minutes")) {
    auto part = minutes_text(*minutes) + " of training";
    const auto other = before == nullptr ? std::nullopt : number_of(*before, "minutes");
    if (other && *other > 0 && *minutes > 0) {
      const double ratio = *minutes / *other;
      if (ratio >= 2) part += fmt::format(", {:.{}f} times as long", ratio, ratio < 10 ? 1 : 0);
      if (ratio <= 0.5) part += fmt::format(", {:.{}f} times as fast", 1 / ratio, ratio > 0.1 ? 1 : 0);
    }
    parts.push_back(part);
  }
  if (const auto parameters = number_of(row, "parameters")) parts.push_back(short_number(*parameters) + " parameters");
  return parts.empty() ? "" : "; the cost: " + joined(parts);
}

/// The rung that a rung is held against: the last one of an earlier step.
const Json* rung_before(const Json& report, const std::string& name) {
  const auto& models = report.at("models");
  const int step = models.at(name).value("step", 0);
  const Json* before = nullptr;
  for (const auto& other : rung_names(report)) {
    if (other == name) break;
    if (models.at(other).value("step", 0) < step) before = &models.at(other);
  }
  return before;
}

}  // namespace

std::string rung_sentence(const Json& report, const std::string& name) {
  const auto& row = report.at("models").at(name);
  const auto* before = rung_before(report, name);
  if (before == nullptr && report.contains("baselines") && !report["baselines"].empty()) {
    before = &report["baselines"].front();
  }
  std::vector<std::string> better, worse, equal, first, lost;
  for (const auto& measure : measures()) {
    if (measure.place == Measure::Place::data) continue;
    const auto value = number_of(row, measure.name);
    const auto other = before == nullptr ? std::nullopt : number_of(*before, measure.name);
    if (!value) {
      if (other) lost.push_back(lower_first(measure.title));
      continue;
    }
    if (!other) {
      first.push_back(lower_first(measure.title) + " " + measure_text(measure, *value));
    } else if (measure_text(measure, *value) == measure_text(measure, *other)) {
      equal.push_back(fmt::format("{} {} as before", lower_first(measure.title), measure_text(measure, *value)));
    } else {
      const bool won = measure.lower_is_better ? *value < *other : *value > *other;
      auto text = held_against(measure, *value, *other);
      if (measure.name == "cloze" && row.value("cloze_left_only", false) != before->value("cloze_left_only", false)) {
        text += row.value("cloze_left_only", false) ? " from the left side alone" : " with both sides in view";
      }
      (won ? better : worse).push_back(text);
    }
  }
  std::string sentence;
  const auto clause = [&](const std::string& verb, const std::vector<std::string>& parts) {
    if (!parts.empty()) sentence += (sentence.empty() ? "" : "; ") + verb + " " + joined(parts);
  };
  const auto against = before == nullptr ? std::string() : " on " + before->value("title", "the rung before");
  clause("gained" + against + ":", better);
  clause(better.empty() ? "lost to" + (before ? " " + before->value("title", "") : "") + ":" : "lost:", worse);
  clause("kept", equal);
  clause("brought", first);
  clause("gave up", lost);
  if (sentence.empty()) sentence = "nothing could be measured";
  if (sentence[0] >= 'a') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence + cost_phrase(row, before) + ".";
}

std::string report_markdown(const Json& report, const std::vector<const Study*>& from) {
  auto out = fmt::format("# Measured side by side\n\n{}\n", scope_sentence(report));
  const auto settings = report.value("settings", Json::object());
  if (settings.contains("command")) out += fmt::format("\n    {}\n", settings["command"].get<std::string>());
  out += "\n" + headline_table(report).markdown() + "\n## What each rung gained and what it cost\n\n";
  for (const auto& name : rung_names(report)) {
    out += fmt::format("- **{}**: {}\n", report["models"][name].value("title", name), rung_sentence(report, name));
  }
  for (const auto& study : shown_studies(report, from)) {
    out += fmt::format("\n## {}\n\nThe claim: {}\n\n{}\n", study.title, study.claim, study.view.finding);
    for (const auto& [caption, table] : study.view.tables) out += fmt::format("\n{}:\n\n{}", caption, table.markdown());
  }
  out += "\n## Cost\n\n" + cost_table(report).markdown();
  for (const auto& [title, table] : neighbour_tables(report)) {
    out += fmt::format("\n## {}\n\n{}", title, table.markdown());
  }
  const auto list = [&](const std::string& title, const char* key) {
    const auto facts = report.value(key, Json::object());
    if (facts.empty()) return;
    out += fmt::format("\n## {}\n\n", title);
    for (const auto& [name, value] : facts.items()) {
      auto label = name;
      std::replace(label.begin(), label.end(), '_', ' ');
      out += fmt::format("- {}: {}\n", label, value.is_string() ? value.get<std::string>() : value.dump());
    }
  };
  list("Text", "text");
  list("Settings", "settings");
  list("Machine", "machine");
  if (const auto left = report.value("left_out", Json::array()); !left.empty()) {
    out += "\n## Left out\n\n";
    for (const auto& item : left) out += fmt::format("- {}: {}\n", item.value("what", ""), item.value("why", ""));
  }
  return out;
}

}  // namespace zoo
