// 17M words of English Wikipedia through the word tokenizer. A folder of development data.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

TEST(Scale, SeventeenMillionWordsAreEncodedInLittleMemory) {
  const char* given = std::getenv("ZOO_SHARED");
  const auto packed = (given ? std::filesystem::path(given) : std::filesystem::path(ZOO_SOURCE_DIR) / "../shared") /
                      "data/wiki17m.txt.xz";
  if (!std::filesystem::exists(packed)) {
    if (std::getenv("CI") != nullptr) FAIL() << packed << " is missing";
    GTEST_SKIP() << packed << " is not here";
  }
  const TemporaryFolder folder;
  const auto text = (folder.path() / "text").string();
  ASSERT_EQ(run_process({"sh", "-c", "xz -dc \"$0\" > \"$1\"", packed.string(), text}).exit_status, 0);
  const auto result = run_process({ZOO_BIN_DIR "/zoo-bench-tokenizer", "--input", text, "--type", "word", "--json"});
  ASSERT_EQ(result.exit_status, 0);
  const auto told = parse_json(result.output, "zoo bench tokenizer");
  const auto words = told["words"].get<double>();
  EXPECT_GT(words, 16e6);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(result.peak_bytes, 500e6);
  EXPECT_LT(result.peak_bytes, std::filesystem::file_size(text));  // so a text may be larger than memory
#endif
}

}  // namespace
}  // namespace zoo
