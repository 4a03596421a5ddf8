#pragma once

#include "report/study.h"

namespace zoo {

/// A study with a chart of every kind and a table, whose words try to leave their places.
class EveryKind : public Study {
 public:
  std::string_view name() const override { return "every-kind"; }
  std::string_view title() const override { return "Every kind of chart <i>"; }
  std::string_view claim() const override { return "a claim & its source"; }
  Json measure(const StudyInput&) const override { return nullptr; }
  StudyView view(const Json&, const Json& result) const override {
    StudyView view;
    view.finding = "Found: " + result.at("found").get<std::string>() + ".";
    Table table;
    table.columns = {{.title = "Length"}, {.title = "Sentence", .number = false}};
    table.rows = {{{.text = "16"}, {.text = "In the beginning <b>was</b> | the word"}}};
    view.tables = {{"What was measured", table}};
    Json lstm = Json::array(), encoder = Json::array();
    for (int length = 16; length <= 1024; length *= 2) {
      lstm.push_back({length, 0.0002 * length});
      encoder.push_back({length, 0.00004 * length + 1e-7 * length * length});
    }
    view.charts.push_back({{"id", "every-kind-lines"},
                           {"title", "Time of a pass"},
                           {"note", "both axes logarithmic"},
                           {"kind", "lines"},
                           {"x", {{"title", "words"}, {"log", true}}},
                           {"y", {{"title", "seconds"}, {"log", true}}},
                           {"series",
                            {{{"title", "LSTM"}, {"colour", 3}, {"points", lstm}},
                             {{"title", "encoder blocks"}, {"colour", 4}, {"points", encoder}}}}});
    const std::string sentence = "she sat on the bank </script><script>window.hijacked = 1</script> of the river";
    view.charts.push_back(
        {{"id", "every-kind-scatter"},
         {"title", "Occurrences of bank"},
         {"note", "one point an occurrence"},
         {"kind", "scatter"},
         {"groups",
          {{{"title", "river"}, {"points", {{0.1, 0.2, sentence}, {0.3, 0.1, "bank"}}}},
           {{"title", "money"}, {"points", {{-0.5, -0.2, "the bank lent"}, {-0.4, 0.1, "a bank"}}}}}}});
    const Json words = {"the", "unbelievably", "long", "journey", "水", "</s>"};
    Json values = Json::array();
    for (std::size_t i = 0; i < words.size(); ++i) {
      Json row = Json::array();
      for (std::size_t j = 0; j < 18; ++j) row.push_back(j > 2 * i + 7 ? Json() : Json(1.0 / (2.0 + i + j)));
      values.push_back(row);
    }
    Json columns = Json::array();
    for (std::size_t j = 0; j < 18; ++j) columns.push_back(words[j % words.size()]);
    view.charts.push_back({{"id", "every-kind-heat"},
                           {"title", "Who looks at whom"},
                           {"note", "mean over heads"},
                           {"kind", "heat"},
                           {"rows", words},
                           {"columns", columns},
                           {"values", values}});
    view.charts.push_back({{"id", "every-kind-bars"},
                           {"title", "As bars"},
                           {"note", ""},
                           {"kind", "bars"},
                           {"bars",
                            {{{"title", "one"}, {"value", 0.5}, {"label", "0.5"}},
                             {{"title", "two"}, {"value", 0.7}, {"label", "0.7"}}}}});
    return view;
  }
};

inline const std::vector<const Study*>& every_kind() {
  static const EveryKind study;
  static const std::vector<const Study*> list = {&study};
  return list;
}

}  // namespace zoo
