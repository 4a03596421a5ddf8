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

/// Two attentions; every second weight of the first is not allowed.
Json maps() {
  const Json words = {"the", "</script><script>window.hijacked=1</script>", "play", "水", "an-unbelievably-long-word",
                      "</s>"};
  const auto matrix = [](std::size_t rows, std::size_t columns, double shift, bool causal) {
    Json out = Json::array();
    for (std::size_t i = 0; i < rows; ++i) {
      Json row = Json::array();
      for (std::size_t j = 0; j < columns; ++j) {
        row.push_back(causal && j > i ? Json() : Json(1.0 / (1.0 + std::abs(double(i) - double(j) + shift))));
      }
      out.push_back(row);
    }
    return out;
  };
  Json decoder = {{"name", "decoder"}, {"queries", words}, {"keys", words}, {"layers", Json::array()}};
  Json cross = {{"name", "cross"}, {"queries", words}, {"keys", {"un", "deux", "trois"}}, {"layers", Json::array()}};
  for (int layer = 0; layer < 2; ++layer) {
    decoder["layers"].push_back(Json::array());
    cross["layers"].push_back(Json::array());
    for (int head = 0; head < 4; ++head) {
      decoder["layers"][layer].push_back(matrix(6, 6, layer + 0.7 * head, true));
      cross["layers"][layer].push_back(matrix(6, 3, layer + 0.7 * head, false));
    }
  }
  return {{"model", "runs/<b>toy"}, {"text", "the \"play\" & more"}, {"attentions", {decoder, cross}}};
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
  EXPECT_THAT(error_of([] { attention_page({{"attentions", Json::array()}}); }), HasSubstr("none to show"));
}

TEST(AttentionPage, WorksInABrowser) {
  if (run_process({"sh", "-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"})
          .exit_status != 0) {
    if (std::getenv("CI") != nullptr) FAIL() << "Chromium is missing: apt-get install chromium";
    GTEST_SKIP() << "no Chromium here";
  }
  const TemporaryFolder folder;
  const auto file = folder.path() / "attention.html";
  write_file_atomically(file, attention_page(maps()));
  if (const char* kept = std::getenv("ZOO_KEEP_PAGE")) {
    std::filesystem::copy_file(file, kept, std::filesystem::copy_options::overwrite_existing);
  }
  const auto python = test_python().empty() ? "python3" : test_python();
  const auto result = run_process({python, ZOO_SOURCE_DIR "/tests/report/check_attention.py", file.string()});
  EXPECT_EQ(result.output, "\n");
  EXPECT_EQ(result.exit_status, 0);
}

}  // namespace
}  // namespace zoo
