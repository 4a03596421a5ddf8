#include "report/page.h"

#include <gtest/gtest.h>

#include "report/shown_studies.h"
#include "report/summary.h"
#include "tests/report/every_kind.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

Json fixture() { return read_json(ZOO_SOURCE_DIR "/tests/data/report/fixture.json"); }

Json with_study() {
  auto report = fixture();
  report["studies"]["every-kind"] = {{"found", "seven times as fast"}};
  return report;
}

std::size_t count(const std::string& text, const std::string& piece) {
  std::size_t found = 0;
  for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + piece.size())) ++found;
  return found;
}

TEST(Page, NothingInTheNumbersCanLeaveItsPlace) {
  const auto page = report_page(fixture(), "");
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("{{"), std::string::npos) << "a mark of the template was not filled";
  EXPECT_EQ(count(page, "<script"), count(page, "</script>"));
  EXPECT_NE(page.find("&lt;b&gt;&amp;&quot;was&quot;&lt;/script&gt;"), std::string::npos);
}

TEST(Page, MarksInsideValuesAreNotFilled) {
  auto report = fixture();
  report["models"]["nnlm"]["title"] = "{{echarts}} {{headline}}";
  const auto page = report_page(report, "/*library*/");
  EXPECT_EQ(count(page, "/*library*/"), 1u);
  EXPECT_NE(page.find("{{echarts}} {{headline}}"), std::string::npos);
}

TEST(Page, AScriptEndInsideTheLibraryDoesNotEndTheScript) {
  const auto page = report_page(fixture(), "var x = '</script><b>';");
  EXPECT_EQ(page.find("'</script><b>'"), std::string::npos);
  EXPECT_NE(page.find("<\\/script><b>"), std::string::npos);
}

TEST(Page, LoadsNothing) {
  const auto page = report_page(fixture(), "");
  for (const auto* word : {"http:", "https:", "src=", "@import", "url("}) {
    if (std::string(word) == "http:") {
      EXPECT_EQ(count(page, word), count(page, "http://www.w3.org/2000/svg")) << word;  // a name, not an address
    } else {
      EXPECT_EQ(page.find(word), std::string::npos) << word;
    }
  }
}

TEST(Page, JsonForAScriptHasNoMarkupAndReadsBackTheSame) {
  const Json value = {{"a", "</script><!-- & \xe2\x80\xa8"}, {"b", "\xff"}};
  const auto text = json_for_script(value);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(Json::parse(text)["a"], value["a"]);
}

TEST(Page, WithoutTheLibraryItSaysHowToGetIt) {
  EXPECT_NE(report_page(fixture(), "").find("id=\"plain\""), std::string::npos);
  EXPECT_EQ(report_page(fixture(), "x").find("id=\"plain\""), std::string::npos);
}

TEST(Page, AReportOfOneModelWithOneNumberIsAPage) {
  const Json report = {{"models", {{"toy", {{"title", "Toy"}, {"step", 3}, {"perplexity", 12.0}}}}}};
  const auto page = report_page(report, "");
  EXPECT_NE(page.find("Toy"), std::string::npos);
  EXPECT_NE(report_markdown(report).find("| Toy |"), std::string::npos);
  EXPECT_NO_THROW(report_page({{"models", Json::object()}}, ""));
}

TEST(Charts, CurvesOfDifferentMeasuresNeverShareAChart) {
  const auto charts = report_charts(fixture());
  int curves = 0;
  for (const auto& chart : charts) {
    if (chart["kind"] != "curves") continue;
    ++curves;
    EXPECT_EQ(chart["series"].size(), chart["title"] == "validation perplexity" ? 1u : 2u);
  }
  EXPECT_EQ(curves, 2);
}

/// A study whose charts are what it is given.
class Given : public EveryKind {
 public:
  StudyView view(const Json&, const Json& result) const override { return {"", {}, result}; }
};

TEST(Studies, StandBehindTheLaddersAndAreToldNearTheTop) {
  const auto page = report_page(with_study(), "", every_kind());
  const auto claims = page.find("<section id=\"claims\">"), ladders = page.find("<section id=\"ladders\">");
  const auto study = page.find("<section id=\"study-every-kind\""), curves = page.find("<section id=\"curves\">");
  ASSERT_NE(claims, std::string::npos);
  ASSERT_NE(study, std::string::npos);
  EXPECT_LT(claims, ladders);
  EXPECT_LT(ladders, study);
  EXPECT_LT(study, curves);
  EXPECT_EQ(count(page, "Found: seven times as fast."), 2u) << "in the list and in its place";
  EXPECT_EQ(count(page, "id=\"chart-every-kind-"), 4u);
  EXPECT_NE(page.find("a claim &amp; its source"), std::string::npos);
  EXPECT_EQ(count(page, "<script"), count(page, "</script>"));
  EXPECT_EQ(page.find("<script>window.hijacked"), std::string::npos);
  EXPECT_EQ(page.find("Chart <i>"), std::string::npos);
}

TEST(Studies, MarkdownHasTheirTablesWithoutCharts) {
  const auto text = report_markdown(with_study(), every_kind());
  const auto at = text.find("## Every kind of chart");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(at, text.find("## Cost"));
  EXPECT_NE(text.find("Found: seven times as fast."), std::string::npos);
  EXPECT_NE(text.find("What was measured:\n\n| Length | Sentence |"), std::string::npos);
}

TEST(Studies, ChartsHaveTheirPlaceAndAColour) {
  int found = 0;
  for (const auto& chart : report_charts(with_study(), every_kind())) {
    if (chart["place"] != "study-every-kind") continue;
    ++found;
    for (const auto* key : {"series", "groups", "bars"}) {
      if (!chart.contains(key)) continue;
      for (const auto& part : chart[key]) EXPECT_TRUE(part["colour"].is_number()) << chart["id"];
    }
  }
  EXPECT_EQ(found, 4);
}

TEST(Studies, AResultThatCannotBeReadOrAnUnknownNameCostsOnlyItself) {
  auto report = with_study();
  report["studies"]["every-kind"] = {{"other", 1}};
  report["studies"]["of another version"] = 3;
  EXPECT_TRUE(shown_studies(report, every_kind()).empty());
  EXPECT_EQ(report_page(report, "", every_kind()).find("id=\"claims\""), std::string::npos);
  report["studies"] = "damaged";
  EXPECT_NO_THROW(report_page(report, "", every_kind()));
}

TEST(Studies, AChartWithoutWhatItsKindNeedsIsLeftOut) {
  const Given study;
  auto report = fixture();
  const Json points = {{1, 2}, {2, 3}};
  report["studies"]["every-kind"] = {
      {{"kind", "lines"}, {"id", "a"}},
      {{"kind", "lines"}, {"id", "b"}, {"series", {{{"title", "x"}, {"points", {{1, "y"}}}}}}},
      {{"kind", "heat"}, {"id", "c"}, {"rows", {"a"}}, {"columns", {"b", "c"}}, {"values", {{1}}}},
      {{"kind", "pie"}, {"id", "d"}},
      {{"kind", "lines"}, {"series", {{{"title", "x"}, {"points", points}}}}},
      3,
      {{"kind", "scatter"}, {"id", "good"}, {"groups", {{{"title", "x"}, {"points", points}}}}}};
  const auto shown = shown_studies(report, {&study});
  ASSERT_EQ(shown.size(), 1u);
  ASSERT_EQ(shown[0].view.charts.size(), 1u);
  EXPECT_EQ(shown[0].view.charts[0]["id"], "good");
}

}  // namespace
}  // namespace zoo
