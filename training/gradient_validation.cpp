#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "training/gradient_trainer.h"
#include "training/loss_line.h"

namespace zoo {

bool GradientTrainer::validate(bool due) {
  std::optional<LossSum> total;
  std::optional<double> score;
  if (data_.valid) {
    const AverageInPlace average(average_.get());
    total = validation_loss(trained_, *data_.valid, options_.batch_size, data_.valid_source, group_);
    if (total && data_.judge) score = judged();
    if (!total || (data_.judge && !score)) return false;
    if (!std::isfinite(total->mean())) stop_at_bad_loss(total->mean());
    record(total->mean(), total->unit, score, due);
  }
  at_.validation_due = false;
  at_.validated_step = at_.step;
  if (due && average_) average_->validated();
  return true;
}

std::optional<double> GradientTrainer::judged() {
  auto& module = trained_.module();
  const bool training = module.is_training();
  module.eval();
  std::optional<double> score;
  try {
    score = data_.judge->score(model_);
  } catch (const Interrupted&) {
  }
  module.train(training);
  return score;
}

void GradientTrainer::record(double loss, Unit unit, std::optional<double> score, bool due) {
  Json line = {{"step", at_.step}, {"epoch", epochs_done()}};
  add_loss(line, "valid_", loss, unit);
  if (score) line["valid_" + data_.judge->name] = *score;
  line["tokens"] = at_.units;
  sitting_->write_metrics(std::move(line));
  const bool better = at_.best_step < 0 || (score ? *score > at_.best_score : loss < at_.best_loss);
  if (better) {
    at_.best_loss = loss;
    at_.best_score = score.value_or(0);
    at_.best_step = at_.step;
    at_.without_better = 0;
    save_best();
  } else if (due) {
    ++at_.without_better;
  }
  hide_progress();
  log_info(fmt::format("step {}, epoch {:.2f}: validation loss {:.4f}{}{}{}", at_.step, epochs_done(), loss,
                       unit == Unit::token ? fmt::format(", perplexity {:.1f}", std::exp(loss)) : "",
                       score ? fmt::format(", {} {:.2f}", data_.judge->name, *score) : "",
                       better ? ", the best so far" : ""));
}

}  // namespace zoo
