// The stand-in does what it is there for.
#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include "tests/device/device.h"

namespace zoo {
namespace {

class StandIn : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_stand_in()) GTEST_SKIP() << "needs the stand-in";
    ASSERT_EQ(missing_device(), "");
  }
};

TEST_F(StandIn, ComputesWhatTheCpuComputes) {
  const auto x = torch::rand({5, 7}), y = torch::rand({7, 3});
  const auto product = torch::mm(x.to(the_device()), y.to(the_device()));
  EXPECT_EQ(product.device(), the_device());
  EXPECT_TRUE(torch::allclose(product.cpu(), torch::mm(x, y)));
}

TEST_F(StandIn, RefusesTensorsOfTwoDevices) {
  const auto x = torch::rand({3}), there = torch::rand({3}).to(the_device());
  EXPECT_THROW(there + x, c10::Error);
  EXPECT_THROW(there.index_select(0, torch::zeros({1}, torch::kInt64)), c10::Error);
  EXPECT_NO_THROW(there + torch::tensor(1.0F)) << "a single number may come from the CPU";
}

TEST_F(StandIn, RefusesTheCpusRandomNumbersByName) {
  auto random = at::detail::createCPUGenerator(1);
  auto there = torch::zeros({3}, the_device());
  EXPECT_THROW(there.uniform_(0, 1, random), c10::Error);
}

class StandInDeathTest : public StandIn {};

TEST_F(StandInDeathTest, KeepsItsMemoryToItself) {
  const auto there = torch::ones({3}, the_device());
  EXPECT_DEATH(
      {
        volatile auto number = *there.const_data_ptr<float>();
        static_cast<void>(number);
      },
      "");
}

TEST_F(StandIn, PassesGradientsThrough) {
  auto x = torch::rand({4, 3}).to(the_device()).requires_grad_();
  x.square().sum().backward();
  EXPECT_TRUE(torch::allclose(x.grad().cpu(), 2 * x.detach().cpu()));
}

}  // namespace
}  // namespace zoo
