#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "report/echarts.h"
#include "report/page.h"
#include "report/summary.h"
#include "tests/report/every_kind.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// check_page.py needs nothing but Python itself.
std::string python() { return test_python().empty() ? "python3" : test_python(); }

bool has_chromium() {
  return run_process({"sh", "-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"})
             .exit_status == 0;
}

/// What check_page.py finds wrong with the fixture's page.
std::string wrong_with_page(const std::string& echarts) {
  const TemporaryFolder folder;
  auto report = read_json(ZOO_SOURCE_DIR "/tests/data/report/fixture.json");
  report["studies"]["every-kind"] = {{"found", "seven times as fast"}};
  write_file_atomically(folder.path() / "report.html", report_page(report, echarts, every_kind()));
  if (const char* kept = std::getenv("ZOO_KEEP_PAGE"))
    fs::copy_file(folder.path() / "report.html", kept, fs::copy_options::overwrite_existing);
  const auto rows = report["models"].size() + report["baselines"].size();
  const auto result = run_process({python(), ZOO_SOURCE_DIR "/tests/report/check_page.py",
                                   (folder.path() / "report.html").string(), std::to_string(rows)});
  if (result.exit_status != 0 && result.output.empty()) return "check_page.py failed";
  return result.output;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (has_chromium()) return;
    if (std::getenv("CI") != nullptr) FAIL() << "Chromium is missing: apt-get install chromium";
    GTEST_SKIP() << "no Chromium here";
  }
};

TEST_F(Browser, ThePageWithTheChartLibraryWorks) {
  const auto echarts = echarts_source();
  if (echarts.empty()) {
    if (std::getenv("CI") != nullptr) FAIL() << "the chart library could not be had";
    GTEST_SKIP() << "the chart library could not be had";
  }
  EXPECT_EQ(wrong_with_page(echarts), "\n");
}

TEST_F(Browser, ThePageWithoutItWorksToo) { EXPECT_EQ(wrong_with_page(""), "\n"); }

}  // namespace
}  // namespace zoo
