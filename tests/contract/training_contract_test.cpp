// What models that are trained keep: by gradient, and by themselves.
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
