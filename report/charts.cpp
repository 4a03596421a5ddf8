#include <fmt/format.h>

#include <algorithm>

#include "report/measures.h"
#include "report/page.h"
#include "report/shown_studies.h"
#include "report/summary.h"

namespace zoo {
namespace {

/// The value as a chart shows it: percentages as 0 … 100.
double shown(const Measure& measure, double value) {
  return measure.style == Measure::Style::percent ? 100 * value : value;
}

Json bars_of(const Json& report, const Measure& measure) {
  Json bars = Json::array();
  int colour = 0;
  for (const auto& name : rung_names(report)) {
    const auto& row = report["models"][name];
    const int own = colour++;
    const auto found = row.find(measure.name);
    if (found == row.end() || !found->is_number()) continue;
    Json bar = {{"title", row.value("title", name)},
                {"value", shown(measure, found->get<double>())},
                {"label", measure_text(measure, found->get<double>())},
                {"colour", own}};
    if (const auto deviation = row.find(measure.name + "_deviation"); deviation != row.end()) {
      bar["deviation"] = shown(measure, deviation->get<double>());
      bar["label"] = measure_text(measure, found->get<double>(), deviation->get<double>());
    }
    if (measure.name == "cloze" && row.value("cloze_left_only", false)) {
      bar["label"] = bar["label"].get<std::string>() + " †";
    }
    bars.push_back(bar);
  }
  return bars;
}

/// Curves of one measure share a chart; those of different measures never do.
void add_curves(const Json& report, Json& charts) {
  Json made = Json::array();
  int colour = 0;
  for (const auto& name : rung_names(report)) {
    const auto& row = report["models"][name];
    const int own = colour++;
    for (const auto& curve : row.value("curves", Json::array())) {
      const auto measure = curve.at("measure").get<std::string>();
      if (curve.at("points").size() < 2) continue;
      auto chart = std::find_if(made.begin(), made.end(), [&](const Json& other) { return other["title"] == measure; });
      if (chart == made.end()) {
        made.push_back({{"id", fmt::format("curve-{}", made.size() + 1)},
                        {"title", measure},
                        {"note", "lower is better"},
                        {"kind", "curves"},
                        {"place", "curves"},
                        {"series", Json::array()}});
        chart = std::prev(made.end());
      }
      (*chart)["series"].push_back(
          {{"title", row.value("title", name)}, {"colour", own}, {"points", curve.at("points")}});
    }
  }
  for (auto& chart : made) charts.push_back(std::move(chart));
}

}  // namespace

Json report_charts(const Json& report, const std::vector<const Study*>& list) {
  Json charts = Json::array();
  for (const auto& measure : measures()) {
    if (measure.place == Measure::Place::data) continue;
    auto bars = bars_of(report, measure);
    if (bars.empty()) continue;
    Json chart = {{"id", measure.name},
                  {"title", measure.title},
                  {"note", measure.lower_is_better ? "lower is better" : "higher is better"},
                  {"kind", "bars"},
                  {"place", measure.place == Measure::Place::vectors ? "vectors" : "ladder"},
                  {"percent", measure.style == Measure::Style::percent},
                  {"bars", std::move(bars)}};
    if (report.contains("baselines")) {
      for (const auto& row : report["baselines"]) {
        const auto found = row.find(measure.name);
        if (found == row.end() || !found->is_number()) continue;
        chart["note"] = fmt::format("{}; {}: {}", chart["note"].get<std::string>(), row.value("title", "baseline"),
                                    measure_text(measure, found->get<double>()));
        chart["line"] = {{"title", row.value("title", "baseline")},
                         {"value", shown(measure, found->get<double>())},
                         {"label", measure_text(measure, found->get<double>())}};
      }
    }
    charts.push_back(std::move(chart));
  }
  for (const auto& study : shown_studies(report, list)) {
    charts.insert(charts.end(), study.view.charts.begin(), study.view.charts.end());
  }
  add_curves(report, charts);
  return charts;
}

}  // namespace zoo
