#include "report/page.h"

#include <gtest/gtest.h>

#include "report/summary.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

Json fixture() { return read_json(ZOO_SOURCE_DIR "/tests/data/report/fixture.json"); }

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

}  // namespace
}  // namespace zoo
