// What models that are trained keep: by gradient, and by themselves.
#include "models/layers/autocast.h"
#include "models/layers/bfloat16_rows.h"
#include "tests/contract/contract.h"

namespace zoo::contract {
namespace {

class GradientContract : public ModelContract {};
class SelfTrainedContract : public ModelContract {};

TEST_P(GradientContract, OverfitsOneBatch) {
  const auto model = make();
  const std::vector<double> losses = train_on(*model, first_batch(*model), 150);
  EXPECT_LT(losses.back(), losses.front() * 0.35) << "from " << losses.front() << " nats to " << losses.back();
}

TEST_P(GradientContract, EveryParameterGetsAGradient) {
  const auto model = make();
  train_on(*model, first_batch(*model), 3);  // weights that start at nought have moved
  std::vector<std::string> excused;
  for (const auto& [name, reason] : model->differentiable()->parameters_without_gradient()) {
    EXPECT_FALSE(reason.empty()) << name;
    excused.push_back(name);
  }
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    if (std::find(excused.begin(), excused.end(), parameter.key()) != excused.end()) continue;
    const Tensor& gradient = parameter.value().grad();
    ASSERT_TRUE(gradient.defined()) << parameter.key() << " got none";
    EXPECT_GT(gradient.to_dense().abs().max().item<double>(), 0) << parameter.key();
  }
}

TEST_P(GradientContract, InBfloat16LossAndGradientsAreNearlyTheSame) {
  if (!has_bfloat16_products()) GTEST_SKIP() << "this processor does not multiply bfloat16";
  const auto model = make();
  const auto batch = first_batch(*model);
  train_on(*model, batch, 3);  // weights that start at nought have moved
  auto& module = model->differentiable()->module();
  module.train();
  std::vector<Tensor> losses, gradients;  // of both: a scalar, and all parameters' in one row
  for (const bool bfloat16 : {false, true}) {
    seed_torch(7);
    module.zero_grad();
    const auto loss = [&] {
      const Autocast autocast(bfloat16);
      State state;
      return model->differentiable()->loss(batch, state);
    }();
    EXPECT_EQ(loss.sum.scalar_type(), at::kFloat) << "a sum over many words needs its digits";
    loss.sum.backward();
    std::vector<Tensor> all;
    for (const auto& parameter : module.parameters()) {
      if (parameter.grad().defined()) all.push_back(parameter.grad().to_dense().flatten());
    }
    losses.push_back(loss.sum.detach());
    gradients.push_back(torch::cat(all).to(at::kDouble));
  }
  // Operands are rounded by 2⁻⁹ at most.
  EXPECT_NEAR(losses[1].item<double>() / losses[0].item<double>(), 1, 0.02);
  EXPECT_GT(torch::cosine_similarity(gradients[0], gradients[1], 0).item<double>(), 0.99);
}

TEST_P(GradientContract, EveryParameterIsAmongTheParts) {
  const auto model = make();
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    bool found = false;
    for (const auto& [name, tensor] : model->parts()) found |= tensor.is_alias_of(parameter.value());
    EXPECT_TRUE(found) << parameter.key() << " would not be saved";
  }
}

TEST_P(GradientContract, InitialiseStartsAnewFromTheSeed) {
  const auto model = make(), other = make();
  train_on(*model, first_batch(*model), 2);
  model->initialise(7);
  expect_same_bytes(model->parts(), other->parts());
  other->initialise(8);
  bool differs = false;
  for (std::size_t i = 0; i < model->parts().size(); ++i) {
    differs |= !torch::equal(model->parts()[i].second, other->parts()[i].second);
  }
  EXPECT_TRUE(differs) << "two seeds gave the same weights";
}

TEST_P(SelfTrainedContract, ResumedAtAnySliceItGivesTheSameBytes) {
  const auto undisturbed = trained();
  auto model = make();
  model->self_trained()->begin(corpus_, 7, 1);
  for (int slices = 0; slices < 1000; ++slices) {
    // All that a checkpoint keeps goes into a new model.
    auto resumed = make();
    resumed->self_trained()->begin(corpus_, 7, 1);
    resumed->load_parts(through_file(*model));
    resumed->self_trained()->restore(Json::parse(model->self_trained()->cursor().dump()));
    model = std::move(resumed);
    const SliceReport report = model->self_trained()->advance();
    EXPECT_LE(report.tokens_done, report.tokens_total);
    if (report.finished) break;
  }
  expect_same_bytes(undisturbed->parts(), model->parts());
}

TEST_P(SelfTrainedContract, SlicesReportHowFarTheyAre) {
  const auto model = make();
  model->self_trained()->begin(corpus_, 7, 1);
  SliceReport last;
  for (int slices = 0; slices < 1000 && !last.finished; ++slices) {
    const SliceReport report = model->self_trained()->advance();
    EXPECT_GE(report.tokens_done, last.tokens_done);
    last = report;
  }
  EXPECT_TRUE(last.finished);
  EXPECT_EQ(last.tokens_done, last.tokens_total);
  EXPECT_TRUE(model->self_trained()->advance().finished) << "a finished one stays finished";
}

INSTANTIATE_TEST_SUITE_P(Models, GradientContract,
                         testing::ValuesIn(subjects_with([](Model& m) { return m.differentiable() != nullptr; })),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Models, SelfTrainedContract,
                         testing::ValuesIn(subjects_with([](Model& m) { return m.self_trained() != nullptr; })),
                         name_of);

}  // namespace
}  // namespace zoo::contract
