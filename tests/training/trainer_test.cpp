#include "training/trainer.h"

#include <cmath>

#include "base/files.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

/// Lines in which each word decides the next: something to learn.
Corpus counting_corpus(std::int64_t lines, std::int64_t vocabulary = 17) {
  std::vector<std::vector<TokenId>> text;
  for (std::int64_t i = 0; i < lines; ++i) {
    std::vector<TokenId> line;
    for (std::int64_t j = 0; j < 6; ++j) {
      line.push_back(static_cast<TokenId>(kSpecialTokens + (i * 5 + j * 3) % (vocabulary - kSpecialTokens)));
    }
    line.push_back(kEnd);
    text.push_back(line);
  }
  return Corpus::from_lines(text, vocabulary);
}

Json tiny() { return {{"order", 3}, {"embedding", 8}, {"hidden", 12}}; }

/// A model, its corpora and a run folder, trained with some options.
struct Training {
  TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder.path() / "run");
  std::unique_ptr<Model> model;
  TrainingData data{counting_corpus(40), counting_corpus(10)};
  TrainingOptions options;
  SittingOptions sitting;

  explicit Training(const Json& model_options = tiny()) {
    use_threads(1);  // small steps wait for a second thread longer than they work
    model = find_kind("nnlm", model_table()).create(model_options, {17, {}});
    run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", "nnlm"}}}});
    options.batch_size = 16;
    options.learning_rate = 0.02;
    options.epochs = 2;
    sitting.log_every = 1;
  }
  TrainingOutcome train() { return train_by_gradient(*model, data, options, sitting, run); }
  std::vector<Json> metrics(const std::string& with) const {
    std::vector<Json> lines;
    for (const auto& line : MetricsLog::read(run.metrics_file())) {
      if (line.contains(with)) lines.push_back(line);
    }
    return lines;
  }
};

double largest_difference(const Parts& a, const Parts& b) {
  double largest = 0;
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i].second - b[i].second).abs().max().item<double>());
  }
  return largest;
}

TEST(Trainer, LearnsWhatCanBeLearntAndKeepsAMetricsLog) {
  Training training;
  training.options.epochs = 30;
  const auto outcome = training.train();
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.reason, "all epochs");
  EXPECT_EQ(outcome.steps, 30 * 18);  // 280 tokens in batches of 16
  EXPECT_LT(*outcome.best_valid_loss, 0.5);
  const auto lines = training.metrics("loss");
  ASSERT_EQ(lines.size(), 540u);
  for (const auto* key : {"step", "epoch", "loss", "perplexity", "tokens_per_second", "learning_rate", "seconds"}) {
    EXPECT_TRUE(lines[0].contains(key)) << key;
  }
  EXPECT_EQ(training.metrics("valid_loss").size(), 30u);
  EXPECT_TRUE(training.run.finished());
  EXPECT_NEAR(std::log(lines.back()["perplexity"].get<double>()), lines.back()["loss"].get<double>(), 1e-9);
}

TEST(Trainer, AJudgeTellsWhichWeightsAreTheBestAndWhenToStop) {
  Training training;
  training.options.epochs = 30;
  training.options.patience = 3;
  int asked = 0;
  const std::vector<double> scores = {10, 30, 20, 20, 20, 90};
  training.data.judge = Judge{"bleu", [&](Model& model) -> std::optional<double> {
                                EXPECT_FALSE(model.differentiable()->module().is_training());
                                return scores.at(static_cast<std::size_t>(asked++));
                              }};
  const auto outcome = training.train();
  EXPECT_EQ(outcome.reason, "validation stopped improving");
  EXPECT_EQ(asked, 5) << "three without a better one";
  EXPECT_EQ(outcome.best_step, 2 * 18);
  EXPECT_EQ(*outcome.best_valid_score, 30);
  const auto lines = training.metrics("valid_bleu");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[1]["valid_bleu"], 30);
  EXPECT_GT(*outcome.best_valid_loss, lines[4]["valid_loss"].get<double>()) << "the loss went on falling";
  EXPECT_EQ(training.run.config()["outcome"]["best_valid_score"], 30);
}

TEST(Trainer, TheMeanOfTheLastWeightsIsWhatIsKeptAndASittingsEndDoesNotChangeIt) {
  Training whole, parts, plain;
  for (auto* training : {&whole, &parts}) {
    training->options.average_last = 3;
    training->options.epochs = 4;
  }
  plain.options.epochs = 4;
  whole.train();
  plain.train();
  parts.sitting.max_steps = 40;  // in the midst of an epoch
  parts.train();
  parts.sitting.max_steps = 0;
  parts.train();
  EXPECT_EQ(read_file(whole.run.weights_file()), read_file(parts.run.weights_file()));
  EXPECT_NE(read_file(whole.run.weights_file()), read_file(plain.run.weights_file()));
  EXPECT_EQ(largest_difference(whole.model->parts(), plain.model->parts()), 0) << "training goes on from its own";
  Training both;
  both.options.average = 0.9;
  both.options.average_last = 3;
  EXPECT_THAT(error_of([&] { both.train(); }), HasSubstr("average_last"));
}

TEST(Trainer, OverfitsOneBatch) {
  Training training;
  training.data = {counting_corpus(3), std::nullopt};
  training.options.epochs = 150;
  training.options.batch_size = 64;
  training.train();
  EXPECT_LT(training.metrics("loss").back()["loss"].get<double>(), 0.25);  // a few contexts have two followers
}

TEST(Trainer, SameSeedSameBytesAndAnotherSeedOthers) {
  Training first({{"order", 3}, {"embedding", 8}, {"hidden", 12}, {"dropout", 0.3}}), second(first.model->options()),
      third(first.model->options());
  third.options.seed = 2;
  for (auto* training : {&first, &second, &third}) training->train();
  EXPECT_EQ(read_file(first.run.weights_file()), read_file(second.run.weights_file()));
  EXPECT_NE(read_file(first.run.weights_file()), read_file(third.run.weights_file()));
}

TEST(Trainer, AccumulatedBatchesMakeTheStepOfOneLargeBatch) {
  Training large, small;
  // Without shuffling the rows of two small batches are those of one large; the last batch of an epoch is shorter, so
  // the counts of the parts differ and only division by the count of all is right.
  for (auto* training : {&large, &small}) {
    training->data = {counting_corpus(3), std::nullopt};  // 21 tokens
    training->options.optimizer = "sgd";
    training->options.epochs = 1;
  }
  large.options.batch_size = 21;
  small.options.batch_size = 14;
  small.options.accumulate = 2;
  EXPECT_EQ(large.train().steps, 1);
  EXPECT_EQ(small.train().steps, 1);
  EXPECT_LT(largest_difference(large.model->parts(), small.model->parts()), 1e-6);
}

TEST(Trainer, StopsWhenValidationNoLongerImprovesAndKeepsTheBestWeights) {
  Training training;
  training.options.epochs = 1000;
  training.options.patience = 3;
  training.options.learning_rate = 0.5;  // too much: it soon gets worse
  const auto outcome = training.train();
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.reason, "validation stopped improving");
  const auto lines = training.metrics("valid_loss");
  EXPECT_EQ(lines.back()["step"].get<std::int64_t>(), outcome.steps);
  double best = 1e9;
  for (const auto& line : lines) best = std::min(best, line["valid_loss"].get<double>());
  EXPECT_EQ(best, *outcome.best_valid_loss);
  training.model->load_parts(load_tensors(training.run.weights_file()));
  const auto again = validation_loss(*training.model->differentiable(), *training.data.valid, 16);
  EXPECT_NEAR(again->mean(), best, 1e-6);
}

TEST(Trainer, ValidatesEveryNSteps) {
  Training training;
  training.options.validate_every = 7;
  training.train();  // 36 steps
  const auto lines = training.metrics("valid_loss");
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0]["step"], 7);
  EXPECT_EQ(lines[5]["step"], 36);  // and at the end
}

TEST(Trainer, ALossThatIsNotFiniteStopsTrainingAndTheLastGoodWeightsAreKept) {
  Training training;
  training.options.optimizer = "sgd";
  training.options.learning_rate = 3e37;
  const auto message = error_of([&] { training.train(); });
  EXPECT_THAT(message, HasSubstr("the loss became"));
  EXPECT_THAT(message, HasSubstr("--learning-rate"));
  EXPECT_THAT(message, HasSubstr("model.safetensors"));
  for (const auto& [name, tensor] : load_tensors(training.run.weights_file())) {
    EXPECT_TRUE(torch::isfinite(tensor).all().item<bool>()) << name;
  }
  EXPECT_FALSE(training.run.finished());
}

TEST(Trainer, ALimitOfStepsStopsAndTrainingGoesOnFromThereToTheSameBytes) {
  const Json options = {{"order", 3}, {"embedding", 8}, {"hidden", 12}, {"dropout", 0.3}};
  Training whole(options), parts(options);
  for (auto* training : {&whole, &parts}) {
    training->options.optimizer = "adamw";
    training->options.schedule = "cosine";
    training->options.clip = 1;
    training->options.epochs = 4;
  }
  whole.train();
  for (const std::int64_t limit : {5, 40, 0}) {
    parts.sitting.max_steps = limit;
    const auto outcome = parts.train();
    EXPECT_EQ(outcome.finished, limit == 0);
    if (limit > 0) {
      EXPECT_EQ(outcome.reason, "step limit");
      EXPECT_EQ(outcome.steps, limit);
    }
  }
  EXPECT_EQ(read_file(whole.run.weights_file()), read_file(parts.run.weights_file()));
  EXPECT_EQ(largest_difference(whole.model->parts(), parts.model->parts()), 0);
}

TEST(Trainer, AnAverageOfTheWeightsIsWhatIsKeptAndResumesToTheSameBytes) {
  Training last, whole, parts;
  for (auto* training : {&last, &whole, &parts}) training->options.epochs = 3;
  for (auto* training : {&whole, &parts}) training->options.average = 0.9;
  last.train();
  whole.train();
  EXPECT_EQ(largest_difference(last.model->parts(), whole.model->parts()), 0) << "the steps are the same";
  EXPECT_NE(read_file(last.run.weights_file()), read_file(whole.run.weights_file()));
  parts.sitting.max_steps = 20;
  parts.train();
  parts.sitting.max_steps = 0;
  parts.train();
  EXPECT_EQ(read_file(whole.run.weights_file()), read_file(parts.run.weights_file()));
}

TEST(Trainer, ATimeLimitStopsAndSaysSo) {
  Training training;
  training.options.epochs = 1e5;
  training.sitting.max_minutes = 0.01;
  const auto outcome = training.train();
  EXPECT_FALSE(outcome.finished);
  EXPECT_EQ(outcome.reason, "time limit");
  EXPECT_TRUE(std::filesystem::exists(training.run.weights_file()));
}

TEST(Trainer, ADamagedStateIsNamed) {
  Training training;
  training.sitting.max_steps = 5;
  training.train();
  write_file_atomically(*training.run.latest_state() / "progress.json", "{}");
  EXPECT_THAT(error_of([&] { training.train(); }), HasSubstr("progress.json is damaged"));
  write_file_atomically(*training.run.latest_state() / "weights.safetensors", "short");
  EXPECT_THAT(error_of([&] { training.train(); }), HasSubstr("weights.safetensors"));
}

/// Trains itself by counting to ten.
class Counter : public Model, public SelfTrained {
 public:
  Json options() const override { return Json::object(); }
  Parts parts() override { return {{"count", count_}}; }
  void initialise(std::uint64_t) override { count_.zero_(); }
  SelfTrained* self_trained() override { return this; }
  void begin(const Corpus&, std::uint64_t, int) override {}
  SliceReport advance() override {
    count_.add_(1);
    ++done_;
    return {.loss_sum = bad_at == done_ ? NAN : 2.0,
            .loss_count = 1,
            .tokens_done = done_ * 100,
            .tokens_total = 1000,
            .epoch = static_cast<double>(done_) / 5,
            .learning_rate = 0.1,
            .finished = done_ == 10};
  }
  Json cursor() const override { return {{"done", done_}}; }
  void restore(const Json& cursor) override { done_ = cursor.at("done"); }
  std::optional<Loss> held_out(const Corpus&) override { return Loss{torch::tensor(3.0), 2, Unit::pair}; }

  std::int64_t bad_at = 0;

 private:
  Tensor count_ = torch::zeros({1});
  std::int64_t done_ = 0;
};

TEST(SelfTrainer, SharesMetricsLimitsStatesAndResumeWithTheGradientTrainer) {
  Training training;
  Counter first, second;
  training.sitting.max_steps = 4;
  const auto stopped = train_itself(first, training.data, 1, training.sitting, training.run);
  EXPECT_FALSE(stopped.finished);
  EXPECT_EQ(stopped.steps, 4);
  training.sitting.max_steps = 0;
  const auto outcome = train_itself(second, training.data, 1, training.sitting, training.run);
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.steps, 10);
  EXPECT_EQ(load_tensors(training.run.weights_file())[0].second.item<float>(), 10);
  EXPECT_EQ(training.metrics("tokens_per_second").size(), 10u);
  EXPECT_EQ(training.metrics("valid_loss").back()["valid_loss"], 1.5);
  EXPECT_TRUE(training.run.finished());
}

TEST(SelfTrainer, ALossThatIsNotFiniteStopsTraining) {
  Training training;
  Counter counter;
  counter.bad_at = 6;
  training.sitting.checkpoint_every = 5;
  EXPECT_THAT(error_of([&] { train_itself(counter, training.data, 1, training.sitting, training.run); }),
              HasSubstr("keeps the weights of step 5"));
  EXPECT_EQ(load_tensors(training.run.weights_file())[0].second.item<float>(), 5);
}

}  // namespace
}  // namespace zoo
