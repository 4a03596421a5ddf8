// A model is trained on another device as on the CPU, and goes from one to the other.
#include "models/layers/autocast.h"
#include "tests/device/subjects.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"

namespace zoo {
namespace {

class TrainedThere : public TwinModels {
 protected:
  /// Both models' loss on the same two batches, the state of the first carried on, and the gradients of the second.
  void expect_same_gradients() {
    const auto batch = first_batch(*here_);
    State state_here, state_there;
    for (int round = 0; round < 2; ++round) {
      for (auto* model : {here_.get(), there_.get()}) model->differentiable()->module().zero_grad();
      seed_torch(7);
      const auto here = here_->differentiable()->loss(batch, state_here);
      seed_torch(7);
      const auto there = there_->differentiable()->loss(batch, state_there);
      EXPECT_EQ(there.sum.device(), the_device());
      EXPECT_EQ(here.count, there.count);
      expect_near(here.sum, there.sum, "the loss");
      here.sum.backward();
      there.sum.backward();
    }
    const auto all_here = here_->differentiable()->module().named_parameters();
    const auto all_there = there_->differentiable()->module().named_parameters();
    ASSERT_EQ(all_here.size(), all_there.size());
    for (const auto& parameter : all_here) {
      const auto& there = all_there[parameter.key()];
      EXPECT_EQ(there.device(), the_device()) << parameter.key();
      expect_near(parameter->grad(), there.grad(), parameter.key() + "'s gradient", 1e-3);
    }
  }

  struct Trained {
    Parts parts;  ///< the last weights, and the optimizer's memory
    std::vector<double> losses;
  };
  /// By the trainer, in as many sittings as there are limits on the steps.
  Trained train_by_trainer(const std::vector<std::int64_t>& limits, const TrainingOptions& options) const {
    const TemporaryFolder folder;
    auto run = RunFolder::create(folder.path() / "run");
    run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", GetParam().kind->name()}}}});
    std::unique_ptr<Model> model;
    for (const auto limit : limits) {
      model = make();
      SittingOptions sitting;
      sitting.max_steps = limit;
      sitting.log_every = 1;
      train_by_gradient(*model, data(), options, sitting, run);
    }
    auto last = load_checkpoint(run.latest_state().value());
    Trained result{std::move(last.weights), {}};
    result.parts.insert(result.parts.end(), last.optimizer.begin(), last.optimizer.end());
    for (const auto& line : MetricsLog::read(run.metrics_file())) {
      if (line.contains("loss")) result.losses.push_back(line.at("loss").get<double>());
    }
    return result;
  }
};

TEST_P(TrainedThere, LossAndGradientsAreTheCpus) { expect_same_gradients(); }

TEST_P(TrainedThere, LossAndGradientsAreTheCpusInTrainingToo) {
  if (!is_stand_in()) GTEST_SKIP() << "a GPU draws other random numbers";
  for (auto* model : {here_.get(), there_.get()}) model->differentiable()->module().train();
  expect_same_gradients();
}

TEST_P(TrainedThere, InBfloat16TheLossIsNearlyTheSame) {
  const auto batch = first_batch(*there_);
  std::vector<double> losses;
  for (const bool bfloat16 : {false, true}) {
    const Autocast autocast(bfloat16, torch::kCUDA);
    State state;
    there_->differentiable()->module().zero_grad();
    for (int round = 0; round < 2; ++round) {  // the second goes on from a state
      const auto loss = there_->differentiable()->loss(batch, state);
      EXPECT_EQ(loss.sum.scalar_type(), torch::kFloat);
      loss.sum.backward();
      losses.push_back(loss.sum.item<double>());
    }
  }
  EXPECT_NEAR(losses[2] / losses[0], 1, 0.02);
  EXPECT_NEAR(losses[3] / losses[1], 1, 0.02);
}

TEST_P(TrainedThere, TheTrainerTakesTheSameSteps) {
  TrainingOptions options;
  options.batch_size = 8;
  options.learning_rate = 0.01;
  options.clip = 1;
  options.average = 0.9;
  options.epochs = 100;
  const auto here = train_by_trainer({6}, options);
  const OnDevice there;
  const auto undisturbed = train_by_trainer({6}, options), resumed = train_by_trainer({3, 6}, options);
  ASSERT_EQ(here.losses.size(), undisturbed.losses.size());
  if (is_stand_in()) {  // the same random numbers
    for (std::size_t i = 0; i < here.losses.size(); ++i) {
      EXPECT_NEAR(here.losses[i], undisturbed.losses[i], 1e-3 * std::abs(here.losses[i])) << "step " << i + 1;
    }
    contract::expect_same_bytes(undisturbed.parts, resumed.parts);
  }
  for (const auto loss : resumed.losses) EXPECT_TRUE(std::isfinite(loss));
}

TEST_P(TrainedThere, WhatWasBegunThereGoesOnHere) {
  TrainingOptions options;
  options.batch_size = 8;
  options.learning_rate = 0.01;
  options.epochs = 100;
  const TemporaryFolder folder;
  auto run = RunFolder::create(folder.path() / "run");
  run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", GetParam().kind->name()}}}});
  for (const std::int64_t limit : {2, 4, 6}) {
    std::optional<OnDevice> there;
    if (limit != 4) there.emplace();
    const auto model = make();
    SittingOptions sitting;
    sitting.max_steps = limit;
    const auto outcome = train_by_gradient(*model, data(), options, sitting, run);
    EXPECT_EQ(outcome.steps, limit);
  }
}

TEST_P(TrainedThere, EveryOptimizerTakesTheSameSteps) {
  const auto batch = first_batch(*here_);
  for (const std::string name : {"adam", "adamw", "sgd", "adagrad"}) {
    std::vector<Tensor> moved;
    for (auto* model : {here_.get(), there_.get()}) {
      auto& trained = *model->differentiable();
      Parts parameters;
      for (const auto& parameter : trained.module().named_parameters()) {
        parameters.emplace_back(parameter.key(), parameter.value());
      }
      const auto optimizer =
          make_optimizer({.name = name, .weight_decay = 0.01, .epsilon = 1e-3, .momentum = 0.9}, parameters,
                         [](std::string_view parameter) { return parameter.ends_with("weight"); });
      for (int step = 0; step < 3; ++step) {
        trained.module().zero_grad();
        State state;
        const auto loss = trained.loss(batch, state);
        loss.sum.backward();
        clip_by_global_norm(parameters, 5);
        optimizer->step(1e-3, static_cast<double>(step + 1));
      }
      moved.push_back(parameters[0].second);
    }
    expect_near(moved[0], moved[1], name, 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, TrainedThere, testing::ValuesIn(gradient_subjects()), contract::name_of);

}  // namespace
}  // namespace zoo
