#include "training/optimizer.h"

#include <cmath>

#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "training/schedule.h"

namespace zoo {
namespace {

std::map<std::string, Tensor> golden() {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : load_tensors(ZOO_SOURCE_DIR "/tests/data/training/optimizers.safetensors")) {
    tensors[name] = tensor;
  }
  return tensors;
}

struct Pair {
  Parts parameters;
  explicit Pair(std::map<std::string, Tensor>& stored)
      : parameters{{"weight", stored["weight"].clone().requires_grad_()},
                   {"bias", stored["bias"].clone().requires_grad_()}} {}
  void set_gradients(std::map<std::string, Tensor>& stored, std::int64_t step) {
    for (auto& [name, tensor] : parameters) tensor.mutable_grad() = stored["gradient." + name][step].clone();
  }
};

bool decays(std::string_view name) { return name == "weight"; }

void expect_pytorchs_steps(const std::string& golden_name, const OptimizerOptions& options) {
  auto stored = golden();
  Pair pair(stored);
  auto optimizer = make_optimizer(options, pair.parameters, decays);
  for (std::int64_t step = 0; step < 12; ++step) {
    pair.set_gradients(stored, step);
    optimizer->step(stored["rates"][step].item<double>());
    if (step == 5) {  // state saved and loaded into another optimizer goes on the same way
      auto other = make_optimizer(options, pair.parameters, decays);
      auto from = optimizer->state(), to = other->state();
      for (std::size_t i = 0; i < to.size(); ++i) to[i].second.copy_(from[i].second);
      optimizer = std::move(other);
    }
    if (step != 0 && step != 11) continue;
    for (const auto& [name, tensor] : pair.parameters) {
      const auto& expected = stored[golden_name + "." + std::to_string(step + 1) + "." + name];
      EXPECT_LT((tensor - expected).abs().max().item<float>(), 2e-6) << name << " after " << step + 1;
    }
  }
}

OptimizerOptions options_of(const std::string& name, double momentum = 0) {
  return {.name = name, .weight_decay = 0.05, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6, .momentum = momentum};
}

TEST(Optimizer, AdamTakesPyTorchsSteps) { expect_pytorchs_steps("adam", options_of("adam")); }
TEST(Optimizer, AdamWTakesPyTorchsSteps) { expect_pytorchs_steps("adamw", options_of("adamw")); }
TEST(Optimizer, SgdTakesPyTorchsSteps) { expect_pytorchs_steps("sgd", options_of("sgd")); }
TEST(Optimizer, SgdWithMomentumTakesPyTorchsSteps) { expect_pytorchs_steps("momentum", options_of("sgd", 0.7)); }
TEST(Optimizer, AdagradTakesPyTorchsSteps) { expect_pytorchs_steps("adagrad", options_of("adagrad")); }

TEST(Optimizer, ADivisorDoesWhatDividedGradientsDo) {
  for (const char* name : {"adam", "adamw", "sgd", "adagrad"}) {
    auto stored = golden();
    Pair divided(stored), other(stored);
    for (auto* pair : {&divided, &other}) pair->set_gradients(stored, 0);
    scale_gradients(divided.parameters, 0.125);
    make_optimizer(options_of(name), divided.parameters, decays)->step(0.1);
    make_optimizer(options_of(name), other.parameters, decays)->step(0.1, 8);
    for (std::size_t i = 0; i < divided.parameters.size(); ++i) {
      EXPECT_TRUE(divided.parameters[i].second.equal(other.parameters[i].second)) << name;
    }
  }
}

TEST(Optimizer, ClippingScalesAllGradientsByTheirCommonNormAsPyTorchDoes) {
  auto stored = golden();
  Pair pair(stored);
  pair.set_gradients(stored, 0);
  EXPECT_NEAR(clip_by_global_norm(pair.parameters, 1.5), stored["clip.norm"].item<double>(), 1e-5);
  for (const auto& [name, tensor] : pair.parameters) {
    EXPECT_LT((tensor.grad() - stored["clip." + name]).abs().max().item<float>(), 1e-5);
  }
  pair.set_gradients(stored, 0);
  clip_by_global_norm(pair.parameters, 1e6);
  EXPECT_TRUE(pair.parameters[0].second.grad().equal(stored["gradient.weight"][0]));
}

TEST(Optimizer, AParameterWithoutAGradientStays) {
  auto stored = golden();
  Pair pair(stored);
  pair.set_gradients(stored, 0);
  pair.parameters[1].second.mutable_grad() = Tensor();
  make_optimizer(options_of("adamw"), pair.parameters, decays)->step(0.1);
  EXPECT_TRUE(pair.parameters[1].second.equal(stored["bias"]));
  EXPECT_FALSE(pair.parameters[0].second.equal(stored["weight"]));
}

TEST(Schedule, RisesInALineToThePeakAndStaysWhereItIsConstant) {
  const Schedule schedule{"constant", 0.8, 4, 100, 0};
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.2);
  EXPECT_DOUBLE_EQ(schedule.rate(3), 0.6);
  EXPECT_DOUBLE_EQ(schedule.rate(4), 0.8);
  EXPECT_DOUBLE_EQ(schedule.rate(99), 0.8);
  EXPECT_DOUBLE_EQ((Schedule{"constant", 0.8, 0, 100, 0}).rate(1), 0.8);
}

TEST(Schedule, LinearAndCosineFallToTheFloorAtTheLastStep) {
  const Schedule linear{"linear", 1, 10, 110, 0.1}, cosine{"cosine", 1, 10, 110, 0.1};
  EXPECT_DOUBLE_EQ(linear.rate(60), 0.55);
  EXPECT_DOUBLE_EQ(cosine.rate(60), 0.55);
  EXPECT_NEAR(cosine.rate(35), 0.1 + 0.9 * (1 + std::sqrt(0.5)) / 2, 1e-12);
  for (const auto& schedule : {linear, cosine}) {
    EXPECT_DOUBLE_EQ(schedule.rate(10), 1);
    EXPECT_NEAR(schedule.rate(110), 0.1, 1e-12);
    EXPECT_NEAR(schedule.rate(500), 0.1, 1e-12);
  }
}

TEST(Schedule, InverseSquareRootHalvesWhenStepsAreFourfold) {
  const Schedule schedule{"inverse_sqrt", 1, 100, 1000000, 0};
  EXPECT_DOUBLE_EQ(schedule.rate(50), 0.5);
  EXPECT_DOUBLE_EQ(schedule.rate(100), 1);
  EXPECT_DOUBLE_EQ(schedule.rate(400), 0.5);
}

}  // namespace
}  // namespace zoo
