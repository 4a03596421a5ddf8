#include "report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/assets.h"
#include "report/shown_studies.h"
#include "report/summary.h"
#include "report/template.h"

namespace zoo {
namespace {

void replace_all(std::string& text, std::string_view mark, std::string_view value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
}

std::string sentences_html(const Json& report) {
  std::string out = "<ol class=\"rungs\">\n";
  for (const auto& name : rung_names(report)) {
    out += fmt::format("<li><strong>{}</strong> {}</li>\n", escape_html(report["models"][name].value("title", name)),
                       escape_html(rung_sentence(report, name)));
  }
  return out + "</ol>\n";
}

std::string facts_html(const Json& report) {
  std::string out;
  const auto list = [&](std::string_view title, const char* key) {
    const auto facts = report.value(key, Json::object());
    if (facts.empty()) return;
    out += fmt::format("<div><h3>{}</h3><dl>", title);
    for (const auto& [name, value] : facts.items()) {
      auto label = name;
      std::replace(label.begin(), label.end(), '_', ' ');
      const auto text =
          value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
      out += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(label), escape_html(text));
    }
    out += "</dl></div>\n";
  };
  list("Text", "text");
  list("Settings", "settings");
  list("Machine", "machine");
  return out;
}

std::string left_out_html(const Json& report) {
  const auto left = report.value("left_out", Json::array());
  if (left.empty()) return "";
  std::string out = "<section id=\"left-out\"><h2>Left out</h2><ul>\n";
  for (const auto& item : left) {
    out += fmt::format("<li><strong>{}</strong>: {}</li>\n", escape_html(item.value("what", "")),
                       escape_html(item.value("why", "")));
  }
  return out + "</ul></section>\n";
}

/// Pixels, fixed by how much there is to draw, so that nothing jumps when it is drawn.
int chart_height(const Json& chart) {
  const auto kind = chart.at("kind").get<std::string>();
  if (kind == "bars") return 44 + 46 * static_cast<int>(chart.at("bars").size());
  if (kind == "scatter") return 430;
  if (kind != "heat") return 340;
  int longest = 0;
  for (const auto& word : chart.at("columns")) longest = std::max(longest, display_width(word.get<std::string>()));
  return 22 * static_cast<int>(chart.at("rows").size()) + 20 + 7 * std::min(longest, 14);  // as study_charts.js has it
}

std::string chart_html(const Json& chart) {
  const auto id = escape_html(chart.at("id").get<std::string>());
  return fmt::format(
      "<figure><figcaption>{}<small>{}</small></figcaption><div class=\"chart\" id=\"chart-{}\" role=\"img\" "
      "aria-label=\"{}\" style=\"height:{}px\"></div></figure>\n",
      escape_html(chart.value("title", "")), escape_html(chart.value("note", "")), id,
      escape_html(chart.value("title", "")), chart_height(chart));
}

std::string charts_html(const Json& charts, std::string_view place) {
  std::string out;
  for (const auto& chart : charts) {
    if (chart.at("place") == place) out += chart_html(chart);
  }
  return out;
}

std::string page_script() {
  std::string script;
  for (const auto* file : {"theme.js", "svg.js", "plain_charts.js", "study_charts.js", "charts.js"})
    script += asset_text(file);
  return script;
}

constexpr std::size_t kRowsInView = 8;

/// What each study found, near the top of the page.
std::string claims_html(const std::vector<ShownStudy>& studies) {
  if (studies.empty()) return "";
  std::string out = "<section id=\"claims\">\n<h2>What the notes claim, measured</h2>\n<ol class=\"rungs\">\n";
  for (const auto& study : studies) {
    out += fmt::format("<li><strong><a href=\"#study-{}\">{}</a></strong> {}</li>\n", escape_html(study.name),
                       escape_html(study.title), escape_html(study.view.finding));
  }
  return out + "</ol>\n</section>\n";
}

std::string studies_html(const std::vector<ShownStudy>& studies, const Json& charts) {
  std::string out;
  for (const auto& study : studies) {
    const auto place = "study-" + study.name;
    out += fmt::format(
        "<section id=\"{}\" class=\"study\">\n<h2>{}</h2>\n<p class=\"claim\">The claim: {}</p>\n"
        "<p class=\"finding\">{}</p>\n",
        escape_html(place), escape_html(study.title), escape_html(study.claim), escape_html(study.view.finding));
    if (!study.view.charts.empty()) out += "<div class=\"stack\">\n" + charts_html(charts, place) + "</div>\n";
    bool first = true;
    for (const auto& [caption, table] : study.view.tables) {
      // A long table below the first one is there for who wants it.
      const bool folded = !std::exchange(first, false) && table.rows.size() > kRowsInView;
      if (folded) out += fmt::format("<details><summary>{}</summary>\n", escape_html(caption));
      out += table.html(caption);
      if (folded) out += "</details>\n";
    }
    out += "</section>\n";
  }
  return out;
}

}  // namespace

std::string json_for_script(const Json& value) {
  auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  replace_all(text, "<", "\\u003c");
  replace_all(text, ">", "\\u003e");
  replace_all(text, "&", "\\u0026");
  replace_all(text, "\xe2\x80\xa8", "\\u2028");
  replace_all(text, "\xe2\x80\xa9", "\\u2029");
  return text;
}

std::string report_page(const Json& report, std::string_view echarts, const std::vector<const Study*>& list) {
  const auto charts = report_charts(report, list);
  const auto studies = shown_studies(report, list);
  auto library = std::string(echarts);
  replace_all(library, "</script", "<\\/script");
  const auto curves = charts_html(charts, "curves");
  const auto vectors = charts_html(charts, "vectors");
  std::string neighbours;
  for (const auto& [title, table] : neighbour_tables(report)) {
    neighbours += fmt::format("<section id=\"neighbours\"><h2>Neighbours</h2>\n{}</section>\n", table.html(title));
  }
  const auto hint =
      echarts.empty() ? "<p class=\"note\" id=\"plain\">These charts are drawn plainly: the chart library could not be "
                        "had. With npm installed, <code>zoo compare</code> fetches and inlines it, and the page can "
                        "then be zoomed and asked for its values.</p>\n"
                      : "";
  return filled_template(
      asset_text("page.html"),
      {{"head", page_head("langzoo: models measured side by side", std::string(asset_text("page.css")))},
       {"scope", escape_html(scope_sentence(report))},
       {"headline", headline_table(report).html("Measured on the same test text; the best of a column is bold")},
       {"sentences", sentences_html(report)},
       {"claims", claims_html(studies)},
       {"studies", studies_html(studies, charts)},
       {"hint", hint},
       {"ladders", charts_html(charts, "ladder")},
       {"vectors", vectors.empty() ? "" : "<h2>Word vectors</h2>\n<div class=\"grid three\">\n" + vectors + "</div>\n"},
       {"curves", curves.empty() ? "<p class=\"note\">No training wrote a curve.</p>" : curves},
       {"neighbours", neighbours},
       {"cost", cost_table(report).html("What each training took")},
       {"facts", facts_html(report)},
       {"left_out", left_out_html(report)},
       {"charts", json_for_script(charts)},
       {"echarts", library},
       {"script", page_script()}});
}

}  // namespace zoo
