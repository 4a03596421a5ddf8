#pragma once

#include <memory>

#include "batches/batcher.h"
#include "training/agreement.h"
#include "training/checkpoint.h"
#include "training/gradient_sum.h"
#include "training/optimizer.h"
#include "training/schedule.h"
#include "training/trainer.h"
#include "training/weight_average.h"

namespace zoo {

/// The parts of train_by_gradient, kept together while it runs.
class GradientTrainer {
 public:
  /// `group`: the processes that train together, or null.
  GradientTrainer(Model& model, const TrainingData& data, const TrainingOptions& options, const SittingOptions& sitting,
                  RunFolder& run, ProcessGroup* group);
  TrainingOutcome train();

 private:
  /// Counters that a checkpoint saves and --resume brings back.
  struct Counters {
    std::int64_t step = 0;
    BatchPosition next{};                                         ///< the batch to come
    double units = 0, seconds = 0;                                ///< tokens (or pairs) seen; time spent
    double window_sum = 0, window_count = 0, window_seconds = 0;  ///< since the last line of metrics
    bool validation_due = false;
    double best_loss = 0, last_loss = 0;  ///< nats; of the best validation, and of training
    double best_score = 0;                ///< of the best validation, where there is a judge
    std::int64_t best_step = -1, validated_step = -1, without_better = 0;
    Json to_json() const;
    void read(const Json& json);
  };

  void start();
  /// The optimizer and the average, for the parameters where they now lie.
  void make_memory();
  void seed_random();
  BatcherOptions batches_of(std::uint64_t seed) const;
  void announce();
  void step();
  /// One pass forward and backward; the last one before the optimizer's step adds up over all processes.
  void add_gradients(Totals& totals, bool last);
  /// The model's loss in the precision of the options.
  Loss loss_of(const Batch& batch, State& state);
  void log_window(double rate);
  /// False if interrupted. `due`: it fell due, so that one that is no better brings early stopping nearer; not so what
  /// ends a sitting, which must not change how the next one goes on.
  bool validate(bool due);
  std::optional<double> judged();
  void record(double loss, Unit unit, std::optional<double> score, bool due);
  void save();
  void save_best();
  [[noreturn]] void stop_at_bad_loss(double loss);
  std::optional<TrainingOutcome> ended();
  TrainingOutcome outcome(bool finished, const std::string& reason) const;
  std::int64_t total_steps() const;
  double epochs_done() const;
  std::string note() const;
  double bytes_sent_per_step() const;
  /// What a checkpoint keeps beside the weights: the optimizer's memory, and the average where there is one.
  Parts memory() const;

  Model& model_;
  Differentiable& trained_;
  TrainingData data_;
  TrainingOptions options_;
  SittingOptions sitting_options_;
  RunFolder& run_;
  ProcessGroup* group_;
  Batcher batcher_;
  Parts parameters_;
  torch::Device device_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<AveragedWeights> average_;  ///< if it is wanted
  Schedule schedule_;
  State carried_;
  Counters at_;
  Requests requests_;
  std::unique_ptr<GradientSum> gradients_;  ///< of several processes
  double bytes_sent_ = 0;                   ///< in the steps of this sitting
  std::int64_t first_step_ = 0;             ///< of this sitting
  bool is_new_ = true;                      ///< no state had been saved
  std::unique_ptr<Sitting> sitting_;
  Unit unit_ = Unit::token;
};

}  // namespace zoo
