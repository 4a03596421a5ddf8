#include <gtest/gtest.h>

#include "base/process.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

TEST(AttentionScale, TheFigureIsWhatItsScriptMeasures) {
  const auto python = test_python().empty() ? "python3" : test_python();
  const auto result = run_process({python, ZOO_SOURCE_DIR "/docs/attention_scale.py", "--check"});
  EXPECT_EQ(result.exit_status, 0) << result.output;
}

}  // namespace
}  // namespace zoo
