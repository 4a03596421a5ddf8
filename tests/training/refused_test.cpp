// Trainings that cannot be leave no run behind: the same folder serves the next try.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "runs/run_folder.h"
#include "tests/support/command.h"

namespace zoo {
namespace {

TEST(RefusedTraining, ATextTooShortForOneContextLeavesNoRun) {
  const TemporaryFolder folder;
  ::setenv("ZOO_CACHE", (folder.path() / "cache").c_str(), 1);
  const auto text = (folder.path() / "text.txt").string(), run = (folder.path() / "run").string();
  std::ofstream(text) << "a b c\n";
  const auto train = [&](const char* order) {
    return run_zoo({"train", "nnlm", "--order", order, "--input", text, "--valid", text, "--output", run, "--threads",
                    "1", "--epochs", "1"});
  };
  const auto refused = train("40");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.errors, testing::HasSubstr("a context of 39 tokens before each one, and the text has 4"));
  EXPECT_FALSE(RunFolder::is_run(run));
  const auto trained = train("3");
  EXPECT_EQ(trained.status, 0) << trained.errors;
}

}  // namespace
}  // namespace zoo
