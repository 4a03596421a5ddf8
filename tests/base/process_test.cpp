#include "base/process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/error.h"

namespace zoo {
namespace {

TEST(Process, GivesBackOutputStatusAndMemory) {
  const auto result = run_process({"sh", "-c", "printf 'two\\nlines'; exit 3"});
  EXPECT_EQ(result.output, "two\nlines");
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_GT(result.peak_bytes, 0u);
  EXPECT_LT(result.seconds, 5);
}

TEST(Process, HasNoStandardInput) { EXPECT_EQ(run_process({"cat"}).output, ""); }

TEST(Process, TakesALongOutputWhole) {
  EXPECT_EQ(run_process({"sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"}).output.size(), 3000000u);
}

TEST(Process, DoesNotWaitForAGrandchildThatKeepsThePipe) {
  // Its standard error is closed, or whoever reads this test's own (ctest) would wait for it.
  const auto result = run_process({"sh", "-c", "echo $$; sleep 20 2>&- &"});
  EXPECT_LT(result.seconds, 10);
  ::kill(-std::stoi(result.output), SIGKILL);  // the group of the child, which is its leader
}

TEST(Process, NamesAProgramThatCannotBeStarted) {
  try {
    run_process({"/no/such/program"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/program"), std::string::npos);
  }
}

TEST(Process, ASignalShowsInTheStatus) {
  EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}, false).exit_status, 128 + 9);
}

}  // namespace
}  // namespace zoo
