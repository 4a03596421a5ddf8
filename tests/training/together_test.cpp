// Several processes train as one would: every model that is trained by gradient, and Word2Vec's own trainer.
#include <cstring>

#include "base/files.h"
#include "models/shared_training.h"
#include "tests/contract/contract.h"
#include "tests/support/errors.h"
#include "tests/training/processes.h"
#include "training/trainer.h"

namespace zoo::contract {
namespace {

/// What is trained: variants that read one text, and those that translate.
struct Case {
  Subject subject;
  bool translates = false;
  friend void PrintTo(const Case& what, std::ostream* out) { *out << what.subject.variant.name; }
};

VocabularyFacts facts_of(const Case& what, const Corpus& corpus) {
  auto facts = sample_vocabulary(kVocabulary);
  facts.counts.assign(corpus.counts().begin(), corpus.counts().end());
  if (what.translates) facts.source_size = kVocabulary;
  return facts;
}

std::vector<Case> cases(bool self_trained) {
  const auto corpus = text(5, 1);
  std::vector<Case> found;
  const auto add = [&](Case what) {
    auto options = what.subject.options();
    const auto model = what.subject.kind->create(options, facts_of(what, corpus));
    const bool wanted = self_trained ? dynamic_cast<SharedTraining*>(model->self_trained()) != nullptr
                                     : model->differentiable() != nullptr;
    // These draw noise anew at each step, and each process its own.
    const auto output = options.value("output_layer", "");
    if (wanted && output != "nce" && output != "sampled") found.push_back(std::move(what));
  };
  for (const auto& subject : subjects()) add({subject});
  for (const ModelKind* kind : model_table()) {
    for (const Variant& variant : kind->translators()) add({{kind, variant}, true});
  }
  return found;
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) { return name_of({info.param.subject, info.index}); }

TrainingData data_for(const Case& what) {
  TrainingData data{text(60, 1), text(9, 2)};
  if (what.translates) data.train_source = text(60, 3), data.valid_source = text(9, 4);
  return data;
}

struct Trained {
  Parts parts;
  TrainingOutcome outcome;
  std::vector<Json> metrics;
};

/// Trains in this thread, as one of the group or alone, in a folder of its own or a given one.
Trained train(const Case& what, const TrainingOptions& options, std::int64_t max_steps, ProcessGroup* group,
              const std::filesystem::path& folder) {
  const auto data = data_for(what);
  const auto model = what.subject.kind->create(what.subject.options(), facts_of(what, data.train));
  auto run = RunFolder::is_run(folder) ? RunFolder::open(folder) : RunFolder::create(folder);
  run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", what.subject.kind->name()}}}});
  SittingOptions sitting;
  sitting.max_steps = max_steps;
  sitting.log_every = 5;
  Trained trained;
  trained.outcome = model->differentiable() != nullptr ? train_by_gradient(*model, data, options, sitting, run, group)
                                                       : train_itself(*model, data, 7, sitting, run, group);
  for (const auto& [name, tensor] : model->parts()) trained.parts.emplace_back(name, tensor.detach().clone());
  trained.metrics = MetricsLog::read(run.metrics_file());
  return trained;
}

/// By rank. The folders of all but rank 0 are thrown away, as on other machines.
std::vector<Trained> train_together(const Case& what, const TrainingOptions& options, std::int64_t max_steps,
                                    int processes, const std::filesystem::path& folder) {
  std::vector<Trained> trained(static_cast<std::size_t>(processes));
  with_group(processes, [&](ProcessGroup& group) {
    const TemporaryFolder scratch;
    trained[static_cast<std::size_t>(group.rank())] =
        train(what, options, max_steps, &group, group.leads() ? folder : scratch.path() / "run");
    if (!group.leads()) {
      for (const auto* name : {"metrics.jsonl", "state", "model.safetensors"}) {
        EXPECT_FALSE(std::filesystem::exists(scratch.path() / "run" / name)) << "rank 0 alone writes";
      }
    }
  });
  return trained;
}

/// Plain descent: Adam divides by the gradient's size, which makes a difference in the last bit of a gradient that
/// should be nought (an attention key's bias) a step of full length.
TrainingOptions plain_descent() {
  TrainingOptions options;
  options.optimizer = "sgd";
  options.learning_rate = 0.1;
  options.momentum = 0.5;
  options.clip = 1;
  options.batch_size = 8;
  options.validate_every = 5;
  return options;
}

double largest_difference(const Parts& a, const Parts& b) {
  double largest = 0;
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const auto x = a[i].second.to(torch::kDouble), y = b[i].second.to(torch::kDouble);
    if (x.numel() > 0) largest = std::max(largest, (x - y).abs().max().item<double>());
  }
  return largest;
}

class Together : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { use_threads(1); }
  std::filesystem::path folder(const std::string& name) const { return folder_.path() / name; }
  TemporaryFolder folder_;
};

class TogetherByGradient : public Together {};

TEST_P(TogetherByGradient, SeveralTakeTheStepsOfOne) {
  const auto options = plain_descent();
  const auto alone = train(GetParam(), options, 10, nullptr, folder("alone"));
  for (const int processes : {2, 4}) {
    const auto run = fmt::format("run{}", processes);
    const auto together = train_together(GetParam(), options, 10, processes, folder(run));
    EXPECT_LT(largest_difference(alone.parts, together[0].parts), 1e-4) << processes << " processes";
    for (const auto& other : together) expect_same_bytes(together[0].parts, other.parts);
    ASSERT_TRUE(alone.outcome.best_valid_loss && together[1].outcome.best_valid_loss);
    EXPECT_NEAR(*alone.outcome.best_valid_loss, *together[1].outcome.best_valid_loss, 1e-4);
    const auto& metrics = together[0].metrics;
    ASSERT_EQ(metrics.size(), alone.metrics.size());
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      EXPECT_EQ(metrics[i].at("step"), alone.metrics[i].at("step"));
      EXPECT_EQ(metrics[i].at("tokens"), alone.metrics[i].at("tokens"));
      for (const auto* loss : {"loss", "valid_loss"}) {
        ASSERT_EQ(metrics[i].contains(loss), alone.metrics[i].contains(loss));
        if (!metrics[i].contains(loss)) continue;
        EXPECT_NEAR(metrics[i][loss], alone.metrics[i][loss].get<double>(), 1e-4);
      }
    }
  }
}

TEST_P(TogetherByGradient, BytesSentAreThoseOfTheRing) {
  const auto together = train_together(GetParam(), plain_descent(), 4, 2, folder("run"));
  const auto model = GetParam().subject.kind->create(GetParam().subject.options(), facts_of(GetParam(), text(60, 1)));
  double numbers = 0, tensors = 0;
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    numbers += static_cast<double>(parameter.value().numel());
    ++tensors;
  }
  // Gradients, which of them are there, and the step's five sums; of each 2 (N − 1) / N.
  const auto expected = 2 * (2 - 1) / 2.0 * (4 * numbers + 4 * tensors + 5 * 8);
  EXPECT_DOUBLE_EQ(together[0].outcome.bytes_sent_per_step, expected);
  EXPECT_EQ(together[0].outcome.to_json().at("processes"), 2);
}

TEST_P(TogetherByGradient, ResumedTheyEndWithTheSameBytes) {
  auto options = plain_descent();
  options.optimizer = "adam";
  options.learning_rate = 0.01;
  const auto whole = train_together(GetParam(), options, 8, 2, folder("whole"));
  train_together(GetParam(), options, 5, 2, folder("stopped"));
  const auto resumed = train_together(GetParam(), options, 8, 2, folder("stopped"));
  expect_same_bytes(whole[0].parts, resumed[1].parts);
  // Another number of processes goes on too, as near as rounding lets it.
  train_together(GetParam(), plain_descent(), 5, 4, folder("four"));
  const auto one = train(GetParam(), plain_descent(), 10, nullptr, folder("four"));
  const auto alone = train(GetParam(), plain_descent(), 10, nullptr, folder("alone"));
  EXPECT_LT(largest_difference(one.parts, alone.parts), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Models, TogetherByGradient, testing::ValuesIn(cases(false)), name_of_case);

TEST(TogetherByGradient, BatchesThatAreAccumulatedMakeOneStep) {
  use_threads(1);
  const TemporaryFolder folder;
  const auto what = cases(false).front();
  auto options = plain_descent();
  options.accumulate = 3;
  const auto alone = train(what, options, 6, nullptr, folder.path() / "alone");
  const auto together = train_together(what, options, 6, 2, folder.path() / "run");
  EXPECT_LT(largest_difference(alone.parts, together[0].parts), 1e-4);
  EXPECT_EQ(alone.outcome.epochs, together[0].outcome.epochs);
}

TEST(TogetherByGradient, ALossThatIsNoNumberStopsAll) {
  use_threads(1);
  const TemporaryFolder folder;
  auto options = plain_descent();
  options.learning_rate = 3e37;
  options.clip = 0;
  options.momentum = 0;
  EXPECT_THAT(error_of([&] { train_together(cases(false).front(), options, 200, 2, folder.path() / "run"); }),
              testing::HasSubstr("the loss became"));
}

class TogetherByThemselves : public Together {};

TEST_P(TogetherByThemselves, TheyLearnTheSameRowsAndTheSameAgain) {
  const auto first = train_together(GetParam(), {}, 0, 2, folder("first"));
  const auto second = train_together(GetParam(), {}, 0, 2, folder("second"));
  expect_same_bytes(first[0].parts, first[1].parts);
  expect_same_bytes(first[0].parts, second[0].parts);
  EXPECT_TRUE(first[0].outcome.finished);
  const auto alone = train(GetParam(), {}, 0, nullptr, folder("alone"));
  EXPECT_EQ(first[0].metrics.back().at("tokens"), alone.metrics.back().at("tokens"));
  EXPECT_GT(first[0].outcome.bytes_sent_per_step, 0);
  const auto moved = first[0].parts[0].second;
  EXPECT_GT(largest_difference({{"", moved}}, {{"", torch::zeros_like(moved)}}), 0);
}

TEST_P(TogetherByThemselves, ResumedTheyEndWithTheSameBytes) {
  const auto whole = train_together(GetParam(), {}, 0, 2, folder("whole"));
  train_together(GetParam(), {}, 2, 2, folder("stopped"));
  const auto resumed = train_together(GetParam(), {}, 0, 2, folder("stopped"));
  expect_same_bytes(whole[0].parts, resumed[0].parts);
}

INSTANTIATE_TEST_SUITE_P(Models, TogetherByThemselves, testing::ValuesIn(cases(true)), name_of_case);

}  // namespace
}  // namespace zoo::contract
