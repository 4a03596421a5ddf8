#include "report/table.h"

#include <gtest/gtest.h>

namespace zoo {
namespace {

Table example() {
  Table table;
  table.columns = {{.title = "Model", .number = false}, {.title = "Perplexity"}};
  table.rows = {{{.text = "水 | n-gram"}, {.text = "312.4"}}, {{.text = "NNLM"}, {.text = "287.9", .best = true}}};
  table.notes = {"† left only"};
  return table;
}

TEST(Table, TextIsAlignedByScreenColumns) {
  EXPECT_EQ(example().text(),
            "Model        Perplexity\n"
            "───────────  ──────────\n"
            "水 | n-gram       312.4\n"
            "NNLM             *287.9\n"
            "† left only\n");
}

TEST(Table, MarkdownEscapesWhatWouldBreakARow) {
  EXPECT_EQ(example().markdown(),
            "| Model | Perplexity |\n|---|---:|\n| 水 \\| n-gram | 312.4 |\n| NNLM | **287.9** |\n\n† left only\n");
}

TEST(Table, HtmlEscapesTextTitlesAndNotes) {
  Table table;
  table.columns = {{.title = "M"}, {.title = "a\"b<c", .note = "it's & more"}};
  table.rows = {{{.text = "<script>"}, {.text = "1 < 2", .best = true, .note = "\"x\""}}};
  const auto html = table.html("A & B");
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(html.find("data-column=\"a&quot;b&lt;c\""), std::string::npos);
  EXPECT_NE(html.find("title=\"it&#39;s &amp; more\""), std::string::npos);
  EXPECT_NE(html.find("title=\"&quot;x&quot;\""), std::string::npos);
  EXPECT_NE(html.find("number best"), std::string::npos);
}

TEST(Table, WidthCountsWideAndCombiningCharacters) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("中文"), 4);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);
  EXPECT_EQ(display_width("a\xff"), 2);  // a byte that is no UTF-8 still takes its place
}

}  // namespace
}  // namespace zoo
