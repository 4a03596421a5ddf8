#include "training/process_place.h"

#include <cstdlib>

#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

class Place : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const auto* name : {"WORLD_SIZE", "RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
                             "TORCHELASTIC_USE_AGENT_STORE", "TORCHELASTIC_RESTART_COUNT", "ZOO_LAUNCHED"}) {
      ::unsetenv(name);
    }
  }
  static void set(const std::vector<std::pair<std::string, std::string>>& variables) {
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }
  static std::string refused() {
    return error_of([] { process_place(); });
  }
};

TEST_F(Place, IsThatOfOneProcessWithoutAWorldSize) {
  EXPECT_FALSE(process_place());
  set({{"RANK", "3"}, {"MASTER_ADDR", "elsewhere"}});
  EXPECT_FALSE(process_place());
  set({{"WORLD_SIZE", "1"}});
  EXPECT_FALSE(process_place());
}

TEST_F(Place, IsReadAsTorchrunSaysIt) {
  set({{"WORLD_SIZE", "8"},
       {"RANK", "5"},
       {"LOCAL_RANK", "1"},
       {"LOCAL_WORLD_SIZE", "4"},
       {"MASTER_ADDR", "node0"},
       {"MASTER_PORT", "29500"},
       {"TORCHELASTIC_USE_AGENT_STORE", "True"}});
  const auto place = process_place();
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 5);
  EXPECT_EQ(place->processes, 8);
  EXPECT_EQ(place->local_processes, 4);
  EXPECT_EQ(place->address, "node0");
  EXPECT_EQ(place->port, 29500);
  EXPECT_TRUE(place->meeting_place_is_open);
  EXPECT_FALSE(place->leads());
}

TEST_F(Place, OnOneMachineSharesItsCores) {
  set({{"WORLD_SIZE", "4"}, {"RANK", "0"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "29500"}});
  EXPECT_EQ(process_place()->local_processes, 4);
  set({{"MASTER_ADDR", "node0"}});
  EXPECT_EQ(process_place()->local_processes, 1);
}

TEST_F(Place, NamesTheVariableThatIsMissingOrWrong) {
  set({{"WORLD_SIZE", "2"}});
  EXPECT_THAT(refused(), HasSubstr("RANK: is not set, and WORLD_SIZE is 2"));
  set({{"RANK", "2"}});
  EXPECT_THAT(refused(), HasSubstr("RANK: 2 with a WORLD_SIZE of 2; ranks go from 0 to 1"));
  set({{"RANK", "-1"}});
  EXPECT_THAT(refused(), HasSubstr("RANK: '-1'"));
  set({{"RANK", "1"}});
  EXPECT_THAT(refused(), HasSubstr("MASTER_ADDR: is not set"));
  set({{"MASTER_ADDR", "127.0.0.1"}});
  EXPECT_THAT(refused(), HasSubstr("MASTER_PORT: is not set"));
  set({{"MASTER_PORT", "70000"}});
  EXPECT_THAT(refused(), HasSubstr("MASTER_PORT: '70000'"));
  set({{"MASTER_PORT", "29500"}, {"LOCAL_WORLD_SIZE", "3"}});
  EXPECT_THAT(refused(), HasSubstr("LOCAL_WORLD_SIZE: '3'"));
  set({{"WORLD_SIZE", "two"}});
  EXPECT_THAT(refused(), HasSubstr("WORLD_SIZE: 'two'"));
  set({{"WORLD_SIZE", "0"}});
  EXPECT_THAT(refused(), HasSubstr("WORLD_SIZE: '0'"));
}

TEST_F(Place, OfSeveralIsRefusedByWhatIsTrainedInOne) {
  EXPECT_NO_THROW(refuse_several_processes("tagger"));
  set({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "29500"}});
  EXPECT_THAT(error_of([] { refuse_several_processes("tagger"); }), HasSubstr("tagger is trained in one"));
}

}  // namespace
}  // namespace zoo
