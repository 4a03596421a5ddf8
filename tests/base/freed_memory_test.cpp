// Who is told whether freed memory is kept.
#include "base/freed_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace zoo {
namespace {

std::vector<bool>& told() {
  static std::vector<bool> all;
  return all;
}

TEST(FreedMemory, IsKeptOrNotByTheProgramsAllocatorAndByNobodyWithoutOne) {
  keep_freed_memory(true);
  EXPECT_TRUE(told().empty());
  set_memory_keeper([](bool keep) { told().push_back(keep); });
  keep_freed_memory(true);
  keep_freed_memory(false);
  set_memory_keeper(nullptr);
  keep_freed_memory(true);
  EXPECT_THAT(told(), testing::ElementsAre(true, false));
}

}  // namespace
}  // namespace zoo
