#include "training/example_trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
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

 private:
  std::vector<std::int64_t> order_;
  std::uint64_t seed_, epoch_ = 0;
  std::size_t next_ = 0;
};

Parts copied(const Parts& parameters) {
  Parts copy;
  for (const auto& [name, tensor] : parameters) copy.emplace_back(name, tensor.detach().clone());
  return copy;
}

}  // namespace

void ExampleTrainingOptions::fields(Fields& f) {
  f("epochs", epochs, "passes over the training examples").range(1, 1e6);
  f("min_steps", min_steps, "steps at least, so that a small share is passed over more often").range(1, 1e9);
  f("batch_size", batch_size, "examples a step").range(1, 1e6);
  f("patience", patience, "stop after so many of the sixteen validations without a better one (0: never)").range(0, 16);
  f("learning_rate", learning_rate, "of Adam at the start; falls to 0 in a straight line").range(1e-9, 10);
}

TrainingOutcome train_on_examples(const ExampleProblem& problem, const Parts& parameters,
                                  const ExampleTrainingOptions& options, std::uint64_t seed, double max_minutes,
                                  const std::function<void(const Json&)>& write_metrics) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const auto steps_an_epoch = (problem.examples + options.batch_size - 1) / options.batch_size;
  const auto total = std::max(options.epochs * steps_an_epoch, options.min_steps);
  const auto validate_every = (total + kValidations - 1) / kValidations;
  const Schedule schedule{.name = "linear", .peak = options.learning_rate, .total = total};
  const auto optimizer = make_optimizer({}, parameters, [](std::string_view) { return false; });
  Places places(problem.examples, seed);
  TrainingOutcome outcome{.finished = true, .reason = "all epochs"};
  Parts best = copied(parameters);
  std::int64_t worse = 0, seen = 0, summed = 0;
  double sum = 0;
  for (std::int64_t step = 1; step <= total; ++step) {
    if (interrupted() || (max_minutes > 0 && seconds() >= 60 * max_minutes)) {
      outcome.finished = false;
      outcome.reason = interrupted() ? "interrupted" : "time limit";
      break;
    }
    const auto some = places.next(options.batch_size);  // [B]
    for (const auto& [name, tensor] : parameters) tensor.mutable_grad().reset();
    const auto loss = problem.loss(some);
    loss.backward();
    optimizer->step(schedule.rate(step));
    sum += loss.item<double>() * static_cast<double>(some.size(0));
    summed += some.size(0);
    seen += some.size(0);
    outcome.steps = step;
    if (step % validate_every != 0 && step != total) continue;
    const auto score = problem.validate();
    if (!std::isfinite(score.loss)) {
      fail("training: the loss is no number at step {}; try a smaller --learning-rate than {}", step,
           options.learning_rate);
    }
    const bool better = !outcome.best_valid_loss || score.loss < *outcome.best_valid_loss;
    write_metrics({{"step", step},
                   {"epoch", static_cast<double>(seen) / static_cast<double>(problem.examples)},
                   {"tokens", seen},
                   {"loss", sum / static_cast<double>(summed)},
                   {"learning_rate", schedule.rate(step)},
                   {"valid_loss", score.loss},
                   {"valid_accuracy", score.accuracy},
                   {"seconds", seconds()}});
    sum = 0;
    summed = 0;
    worse = better ? 0 : worse + 1;
    if (better) {
      outcome.best_valid_loss = score.loss;
      outcome.best_step = step;
      best = copied(parameters);
    } else if (options.patience > 0 && worse >= options.patience) {
      outcome.reason = "validation stopped improving";
      break;
    }
  }
  if (outcome.best_valid_loss) {
    const torch::NoGradGuard no_gradient;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      auto parameter = parameters[i].second;
      parameter.copy_(best[i].second);
    }
  }
  outcome.epochs = static_cast<double>(seen) / static_cast<double>(problem.examples);
  outcome.seconds = seconds();
  return outcome;
}

}  // namespace zoo
