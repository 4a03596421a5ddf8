#include "training/example_trainer.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "models/runtime.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

/// A line through noise, with dropout: what it learns depends on the order of examples and on the generator.
class Line {
 public:
  Line() {
    torch::manual_seed(1);
    const auto at = torch::randn({90, 4});  // [N, D]
    const auto wanted = at.matmul(torch::tensor({1.0F, -2.0F, 0.5F, 3.0F})) + 0.3F * torch::randn({90});
    layer_ = torch::nn::Linear(4, 1);
    for (const auto& parameter : layer_->named_parameters()) parts_.emplace_back(parameter.key(), parameter.value());
    const auto loss = [this, at, wanted](const Tensor& places, bool training) {
      const auto seen = torch::dropout(at.index_select(0, places), 0.2, training);
      return (layer_(seen).squeeze(1) - wanted.index_select(0, places)).square().mean();
    };
    problem_ = {.examples = 70,
                .loss = [loss](const Tensor& places) { return loss(places, true); },
                .validate = [loss]() -> ExampleProblem::Score {
                  const torch::NoGradGuard no_gradient;
                  return {loss(torch::arange(70, 90), false).item<double>(), 0};
                }};
  }

  TrainingOutcome train(const std::filesystem::path& folder, const SittingOptions& sitting = {},
                        const ExampleTrainingOptions& options = {
                            .epochs = 4, .min_steps = 1, .batch_size = 8, .learning_rate = 0.05}) {
    auto run = std::filesystem::exists(folder) ? RunFolder::open(folder) : RunFolder::create(folder);
    run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", "tagger"}}}});
    losses_.clear();
    torch::manual_seed(2);
    const auto outcome = train_on_examples(problem_, parts_, options, 3, run, sitting, [](const Json&) {});
    for (const auto& line : MetricsLog::read(run.metrics_file()))
      losses_.emplace_back(line.at("step"), line.at("loss"));
    return outcome;
  }

  std::vector<float> weights() const {
    std::vector<float> all;
    for (const auto& [name, tensor] : parts_) {
      const auto flat = tensor.detach().flatten().contiguous();
      all.insert(all.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    }
    return all;
  }
  const auto& losses() const { return losses_; }

 private:
  torch::nn::Linear layer_ = nullptr;
  Parts parts_;
  ExampleProblem problem_;
  std::vector<std::pair<std::int64_t, double>> losses_;
};

TEST(ExampleTrainer, EndsAtTheSameBytesWhereverItWasStopped) {
  use_threads(1);
  const TemporaryFolder folder;
  Line whole;
  const auto outcome = whole.train(folder.path() / "whole");
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.steps, 36);
  for (const std::int64_t stop : {1, 8, 9, 17, 35}) {  // between validations, at one, at an epoch's end
    const auto run = folder.path() / std::to_string(stop);
    {
      Line first;
      const auto stopped = first.train(run, {.max_steps = stop});
      EXPECT_FALSE(stopped.finished);
      EXPECT_EQ(stopped.steps, stop);
    }
    Line second;
    const auto gone_on = second.train(run);
    EXPECT_TRUE(gone_on.finished);
    EXPECT_EQ(second.weights(), whole.weights()) << stop;
    EXPECT_EQ(second.losses(), whole.losses()) << stop;
    EXPECT_EQ(gone_on.best_step, outcome.best_step);
    EXPECT_EQ(gone_on.best_valid_loss, outcome.best_valid_loss);
  }
}

TEST(ExampleTrainer, GoesOnFromAStateOfItsMiddle) {
  use_threads(1);
  const TemporaryFolder folder;
  Line whole;
  whole.train(folder.path() / "whole");
  const auto run = folder.path() / "killed";
  Line first;
  first.train(run, {.max_steps = 20, .checkpoint_every = 7});
  const auto middle = folder.path() / "state";
  std::filesystem::copy(run / "state", middle, std::filesystem::copy_options::recursive);
  Line second;
  second.train(run, {.max_steps = 30});
  std::filesystem::remove_all(run / "state");
  std::filesystem::rename(middle, run / "state");  // as if killed after step 30, at the state of step 20
  Line third;
  third.train(run);
  EXPECT_EQ(third.weights(), whole.weights());
  EXPECT_EQ(third.losses(), whole.losses()) << "no line twice";
}

TEST(ExampleTrainer, StopsWhereValidationIsNoBetterAndKeepsTheBest) {
  use_threads(1);
  const TemporaryFolder folder;
  Line line;
  const ExampleTrainingOptions wild = {
      .epochs = 40, .min_steps = 1, .batch_size = 8, .patience = 2, .learning_rate = 9};
  const auto outcome = line.train(folder.path() / "run", {}, wild);
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.reason, "validation stopped improving");
  EXPECT_LT(outcome.best_step, outcome.steps);
  EXPECT_LT(outcome.steps, 360);
}

TEST(ExampleTrainer, ADamagedStateIsTold) {
  const TemporaryFolder folder;
  const auto run = folder.path() / "run";
  Line line;
  line.train(run, {.max_steps = 5});
  const auto state = *RunFolder::open(run).latest_state();
  write_file_atomically(state / "progress.json", "{\"step\": \"five\"}");
  EXPECT_THAT(error_of([&] { line.train(run); }), HasSubstr("progress.json"));
}

}  // namespace
}  // namespace zoo
