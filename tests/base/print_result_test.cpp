#include "base/print_result.h"

#include <gtest/gtest.h>

namespace zoo {
namespace {

TEST(PrintResult, PutsValuesSideBySideOrTheWholeInOneLine) {
  const Json result = {{"model", "nnlm"}, {"steps", 3}, {"tokens_per_second", 1.5}};
  ::testing::internal::CaptureStdout();
  print_result(result, false);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "model              \"nnlm\"\n"
            "steps              3\n"
            "tokens_per_second  1.5\n");
  ::testing::internal::CaptureStdout();
  print_result(result, true);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), R"({"model":"nnlm","steps":3,"tokens_per_second":1.5})"
                                                      "\n");
}

}  // namespace
}  // namespace zoo
