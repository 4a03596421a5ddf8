#include "training/example_trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/random.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"
#include "training/schedule.h"

namespace zoo {
namespace {

/// Places of examples, each epoch in an order of its own.
class Places {
 public:
  Places(std::int64_t examples, std::uint64_t seed) : order_(static_cast<std::size_t>(examples)), seed_(seed) {
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    next_ = order_.size();
  }
  /// The next `count` of this epoch, fewer at its end: [B].
  Tensor next(std::int64_t count) {
    if (next_ == order_.size()) {
      Random(seed_, epoch_++).shuffle(std::span(order_));
      next_ = 0;
    }
    const auto taken = std::min(static_cast<std::size_t>(count), order_.size() - next_);
    auto places = torch::empty({static_cast<std::int64_t>(taken)}, torch::kInt64);
    std::copy_n(order_.begin() + static_cast<std::ptrdiff_t>(next_), taken, places.data_ptr<std::int64_t>());
    next_ += taken;
    return places;
  }
  /// As after so many steps of `count` places.
  void skip(std::int64_t steps, std::int64_t count) {
    for (std::int64_t step = 0; step < steps; ++step) next(count);
  }

 private:
  std::vector<std::int64_t> order_;
  std::uint64_t seed_, epoch_ = 0;
  std::size_t next_ = 0;
};

Parts copied(const Parts& parameters, std::string_view prefix) {
  Parts copy;
  for (const auto& [name, tensor] : parameters)
    copy.emplace_back(fmt::format("{}{}", prefix, name), tensor.detach().clone());
  return copy;
}

/// One training, from its start or its last state to its end or to a limit.
class ExampleTrainer {
 public:
  ExampleTrainer(const ExampleProblem& problem, const Parts& parameters, const ExampleTrainingOptions& options,
                 std::uint64_t seed, RunFolder& run, const SittingOptions& sitting)
      : problem_(problem),
        parameters_(parameters),
        options_(options),
        run_(run),
        total_(std::max(options.epochs * steps_an_epoch(), options.min_steps)),
        schedule_{.name = "linear", .peak = options.learning_rate, .total = total_},
        optimizer_(make_optimizer({}, parameters, [](std::string_view) { return false; })),
        places_(problem.examples, seed),
        best_(copied(parameters, "best.")) {
    if (const auto state = run.latest_state()) restore(*state);
    sitting_.emplace(run, sitting, at_.step, at_.seconds);
  }

  TrainingOutcome train(const std::function<void(const Json&)>& validated) {
    TrainingOutcome outcome{.finished = true, .reason = "all epochs"};
    while (at_.step < total_) {
      if (options_.patience > 0 && at_.worse >= options_.patience) {
        outcome.reason = "validation stopped improving";
        break;
      }
      const auto limit = sitting_->limit_reached(at_.step, sitting_->time_is_up());
      if (interrupted() || limit) {
        outcome.finished = false;
        outcome.reason = limit ? *limit : "interrupted";
        save();
        break;
      }
      if (sitting_->checkpoint_due(at_.step)) save();
      step();
      if (at_.step % validate_every() == 0 || at_.step == total_) validated(validate());
    }
    if (at_.best_step > 0) {
      outcome.best_valid_loss = at_.best_loss;
      outcome.best_step = at_.best_step;
      const torch::NoGradGuard no_gradient;
      for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].second.detach().copy_(best_[i].second);
    }
    outcome.steps = at_.step;
    outcome.epochs = epochs();
    outcome.seconds = sitting_->seconds();
    return outcome;
  }

 private:
  /// What a state keeps beside tensors.
  struct Counters {
    std::int64_t step = 0, seen = 0, summed = 0, worse = 0, best_step = 0;
    double sum = 0, best_loss = 0, seconds = 0;

    Json to_json() const {
      return {{"step", step},           {"seen", seen}, {"summed", summed},       {"worse", worse},
              {"best_step", best_step}, {"sum", sum},   {"best_loss", best_loss}, {"seconds", seconds}};
    }
    void read(const Json& json) {
      step = json.at("step"), seen = json.at("seen"), summed = json.at("summed"), worse = json.at("worse");
      best_step = json.at("best_step"), sum = json.at("sum"), best_loss = json.at("best_loss");
      seconds = json.at("seconds");
    }
  };

  std::int64_t steps_an_epoch() const { return (problem_.examples + options_.batch_size - 1) / options_.batch_size; }
  std::int64_t validate_every() const { return (total_ + kValidations - 1) / kValidations; }
  double epochs() const { return static_cast<double>(at_.seen) / static_cast<double>(problem_.examples); }

  void step() {
    const auto some = places_.next(options_.batch_size);  // [B]
    for (const auto& [name, tensor] : parameters_) tensor.mutable_grad().reset();
    const auto loss = problem_.loss(some);
    loss.backward();
    optimizer_->step(schedule_.rate(++at_.step));
    at_.sum += loss.item<double>() * static_cast<double>(some.size(0));
    at_.summed += some.size(0);
    at_.seen += some.size(0);
  }

  /// Returns the line that metrics.jsonl got.
  Json validate() {
    const auto score = problem_.validate();
    if (!std::isfinite(score.loss)) {
      fail("training: the loss is no number at step {}; try a smaller --learning-rate than {}", at_.step,
           options_.learning_rate);
    }
    const Json line = {{"step", at_.step},
                       {"epoch", epochs()},
                       {"tokens", at_.seen},
                       {"loss", at_.sum / static_cast<double>(at_.summed)},
                       {"learning_rate", schedule_.rate(at_.step)},
                       {"valid_loss", score.loss},
                       {"valid_accuracy", score.accuracy}};
    sitting_->write_metrics(line);
    at_.sum = 0;
    at_.summed = 0;
    const bool better = at_.best_step == 0 || score.loss < at_.best_loss;
    at_.worse = better ? 0 : at_.worse + 1;
    if (better) {
      at_.best_loss = score.loss;
      at_.best_step = at_.step;
      best_ = copied(parameters_, "best.");
    }
    return line;
  }

  Parts memory() const {
    auto parts = optimizer_->state();
    parts.insert(parts.end(), best_.begin(), best_.end());
    return parts;
  }

  void save() {
    at_.seconds = sitting_->seconds();
    Checkpoint state = {parameters_, memory(), {}, {}, at_.to_json()};
    take_random(state);
    save_checkpoint(run_, at_.step, state);
    sitting_->saved(at_.step);
  }

  void restore(const std::filesystem::path& folder) {
    const auto state = load_checkpoint(folder);
    restore_tensors(state.weights, parameters_, folder.string());
    restore_tensors(state.optimizer, memory(), folder.string());
    try {
      at_.read(state.progress);
    } catch (const Json::exception&) {
      fail("{}: progress.json is damaged; train anew without --resume", folder.string());
    }
    restore_random(state);
    places_.skip(at_.step, options_.batch_size);
    log_info(fmt::format("going on from step {}", short_number(static_cast<double>(at_.step))));
  }

  const ExampleProblem& problem_;
  const Parts& parameters_;
  const ExampleTrainingOptions& options_;
  RunFolder& run_;
  std::int64_t total_;
  Schedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  Places places_;
  Parts best_;  ///< at the best validation so far; at the start before there was one
  Counters at_;
  std::optional<Sitting> sitting_;
};

}  // namespace

void ExampleTrainingOptions::fields(Fields& f) {
  f("epochs", epochs, "passes over the training examples").range(1, 1e6);
  f("min_steps", min_steps, "steps at least, so that a small share is passed over more often").range(1, 1e9);
  f("batch_size", batch_size, "examples a step").range(1, 1e6);
  f("patience", patience, "stop after so many of the sixteen validations without a better one (0: never)").range(0, 16);
  f("learning_rate", learning_rate, "of Adam at the start; falls to 0 in a straight line").range(1e-9, 10);
}

TrainingOutcome train_on_examples(const ExampleProblem& problem, const Parts& parameters,
                                  const ExampleTrainingOptions& options, std::uint64_t seed, RunFolder& run,
                                  const SittingOptions& sitting, const std::function<void(const Json&)>& validated) {
  return ExampleTrainer(problem, parameters, options, seed, run, sitting).train(validated);
}

}  // namespace zoo
