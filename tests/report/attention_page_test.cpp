#include "report/attention_page.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "base/files.h"
#include "base/process.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Rows that sum to one, the largest weight near the diagonal; causal: no later word is allowed.
Json matrix(std::size_t rows, std::size_t columns, double shift, bool causal) {
  Json out = Json::array();
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    const auto weight = [&](std::size_t j) { return 1.0 / (1.0 + std::abs(double(i) - double(j) + shift)); };
    for (std::size_t j = 0; j < columns; ++j) sum += causal && j > i ? 0 : weight(j);
    Json row = Json::array();
    for (std::size_t j = 0; j < columns; ++j) row.push_back(causal && j > i ? Json() : Json(weight(j) / sum));
    out.push_back(row);
  }
  return out;
}

Json layers(std::size_t layers, std::size_t heads, std::size_t rows, std::size_t columns, bool causal) {
  Json out = Json::array();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    out.push_back(Json::array());
    for (std::size_t head = 0; head < heads; ++head) {
      out[layer].push_back(matrix(rows, columns, double(layer) + 0.7 * double(head), causal));
    }
  }
  return out;
}

/// Two attentions, two layers of four heads; the first one's words are "the", a piece of a script, "pl" + "ay", 水.
Json maps() {
  const Json words = {"▁the", "▁</script><script>window.hijacked=1</script>", "▁pl", "ay", "▁水", "</s>"};
  const Json special = {false, false, false, false, false, true}, numbers = {0, 1, 2, 2, 3, 4};
  const Json decoder = {
      {"name", "decoder"},      {"queries", words},       {"keys", words},        {"query_special", special},
      {"key_special", special}, {"query_words", numbers}, {"key_words", numbers}, {"layers", layers(2, 4, 6, 6, true)}};
  const Json cross = {
      {"name", "cross"}, {"queries", words}, {"keys", {"un", "deux", "trois"}}, {"layers", layers(2, 4, 6, 3, false)}};
  return {{"model", "runs/<b>toy"}, {"text", "the \"play\" & more"}, {"attentions", {decoder, cross}}};
}

/// A long text: 512 tokens under 16 heads.
Json long_maps() {
  Json words = Json::array();
  for (int i = 0; i < 512; ++i) words.push_back("w" + std::to_string(i));
  const Json encoder = {
      {"name", "encoder"}, {"queries", words}, {"keys", words}, {"layers", layers(4, 4, 512, 512, false)}};
  return {{"model", "runs/long"}, {"text", "a long text"}, {"attentions", Json::array({encoder})}};
}

TEST(AttentionPage, HoldsAllItNeedsAndNothingInItLeavesItsPlace) {
  const auto page = attention_page(maps());
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, Not(HasSubstr("<script>window.hijacked")));
  EXPECT_THAT(page, HasSubstr("runs/&lt;b&gt;toy"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const auto* word : {"https:", "src=", "@import", "url("}) EXPECT_THAT(page, Not(HasSubstr(word)));
}

TEST(AttentionPage, WeightsThatDoNotFitTheWordsAreRefused) {
  auto short_of_one = maps();
  short_of_one["attentions"][1]["layers"][1][3][5].erase(0);
  EXPECT_THAT(error_of([&] { attention_page(short_of_one); }), HasSubstr("cross"));
  auto short_list = maps();
  short_list["attentions"][0]["key_words"].erase(0);
  EXPECT_THAT(error_of([&] { attention_page(short_list); }), HasSubstr("decoder"));
  EXPECT_THAT(error_of([] { attention_page({{"attentions", Json::array()}}); }), HasSubstr("none to show"));
}

TEST(AttentionPage, PiecesAreToldByTheMarksOfTheirTokenizers) {
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(word_numbers({"<s>", "▁the", "▁pl", "ay", "s", "</s>"}, {true, false, false, false, false, true}),
            (Numbers{0, 1, 2, 2, 2, 3}));
  EXPECT_EQ(word_numbers({"[CLS]", "un", "##aff", "##able", "[SEP]"}, {true, false, false, false, true}),
            (Numbers{0, 1, 1, 1, 2}));
  EXPECT_EQ(word_numbers({"The", "Ġpl", "ay"}, {false, false, false}), (Numbers{0, 1, 1}));
  EXPECT_EQ(word_numbers({"a", "b", "c"}, {false, false, false}), (Numbers{0, 1, 2}));
  EXPECT_TRUE(word_numbers({}, {}).empty());
}

class AttentionBrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (run_process({"sh", "-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"})
            .exit_status == 0) {
      return;
    }
    if (std::getenv("CI") != nullptr) FAIL() << "Chromium is missing: apt-get install chromium";
    GTEST_SKIP() << "no Chromium here";
  }
  /// What check_attention.py finds wrong.
  static std::string wrong_with(const Json& shown, const std::string& kind) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "attention.html";
    write_file_atomically(file, attention_page(shown));
    if (const char* kept = std::getenv("ZOO_KEEP_PAGE")) {
      std::filesystem::copy_file(file, kept, std::filesystem::copy_options::overwrite_existing);
    }
    const auto python = test_python().empty() ? "python3" : test_python();
    const auto result = run_process({python, ZOO_SOURCE_DIR "/tests/report/check_attention.py", file.string(), kind});
    return result.exit_status == 0 ? result.output : "failed: " + result.output;
  }
};

TEST_F(AttentionBrowser, ThePageIsOpenedClickedHoveredAndSaved) { EXPECT_EQ(wrong_with(maps(), "small"), "\n"); }

TEST_F(AttentionBrowser, FiveHundredAndTwelveTokensStaySmooth) { EXPECT_EQ(wrong_with(long_maps(), "long"), "\n"); }

}  // namespace
}  // namespace zoo
