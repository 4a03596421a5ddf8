#include "report/shown_studies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace zoo {
namespace {

bool is_point(const Json& point) {
  return point.is_array() && point.size() >= 2 && point[0].is_number() && point[1].is_number() &&
         (point.size() == 2 || point[2].is_string());
}

bool has_points(const Json& chart, const char* key) {
  const auto found = chart.find(key);
  return found != chart.end() && found->is_array() && !found->empty() &&
         std::all_of(found->begin(), found->end(), [](const Json& series) {
           const auto points = series.find("points");
           return series.value("title", Json()).is_string() && points != series.end() && points->is_array() &&
                  std::all_of(points->begin(), points->end(), is_point);
         });
}

bool has_bars(const Json& chart) {
  const auto found = chart.find("bars");
  return found != chart.end() && found->is_array() && !found->empty() &&
         std::all_of(found->begin(), found->end(), [](const Json& bar) {
           return bar.value("title", Json()).is_string() && bar.value("value", Json()).is_number() &&
                  bar.value("label", Json()).is_string();
         });
}

bool has_words(const Json& chart, const char* key) {
  const auto found = chart.find(key);
  return found != chart.end() && found->is_array() && !found->empty() &&
         std::all_of(found->begin(), found->end(), [](const Json& word) { return word.is_string(); });
}

bool has_matrix(const Json& chart) {
  if (!has_words(chart, "rows") || !has_words(chart, "columns")) return false;
  const auto values = chart.find("values");
  if (values == chart.end() || !values->is_array() || values->size() != chart["rows"].size()) return false;
  return std::all_of(values->begin(), values->end(), [&](const Json& row) {
    return row.is_array() && row.size() == chart["columns"].size() &&
           std::all_of(row.begin(), row.end(), [](const Json& value) { return value.is_number() || value.is_null(); });
  });
}

bool can_be_drawn(const Json& chart) {
  if (!chart.is_object() || !chart.value("id", Json()).is_string()) return false;
  const auto kind = chart.value("kind", Json());
  if (kind == "bars") return has_bars(chart);
  if (kind == "lines") return has_points(chart, "series");
  if (kind == "scatter") return has_points(chart, "groups");
  return kind == "heat" && has_matrix(chart);
}

/// Those that can be drawn, each with its place and a colour for whatever has none.
Json placed(const Json& charts, const std::string& place) {
  Json out = Json::array();
  for (auto chart : charts) {
    if (!can_be_drawn(chart)) {
      log_warning(fmt::format("{}: a chart that cannot be drawn is left out", place));
      continue;
    }
    chart["place"] = place;
    for (const auto* key : {"series", "groups", "bars"}) {
      if (!chart.contains(key)) continue;
      int colour = 0;
      for (auto& part : chart[key]) {
        const auto given = part.value("colour", Json());
        if (!given.is_number_integer() || given.get<std::int64_t>() < 0) part["colour"] = colour;
        ++colour;
      }
    }
    out.push_back(std::move(chart));
  }
  return out;
}

}  // namespace

std::vector<ShownStudy> shown_studies(const Json& report, const std::vector<const Study*>& list) {
  std::vector<ShownStudy> shown;
  const auto results = report.value("studies", Json::object());
  for (const auto* study : list) {
    const auto name = std::string(study->name());
    if (!results.is_object() || !results.contains(name)) continue;
    try {
      auto view = study->view(report, results[name]);
      view.charts = placed(view.charts, "study-" + name);
      shown.push_back({name, std::string(study->title()), std::string(study->claim()), std::move(view)});
    } catch (const Error& error) {
      log_warning(fmt::format("{}: its result in report.json cannot be shown: {}", study->title(), error.what()));
    } catch (const Json::exception&) {
      log_warning(fmt::format("{}: its result in report.json is none of this version", study->title()));
    }
  }
  return shown;
}

}  // namespace zoo
