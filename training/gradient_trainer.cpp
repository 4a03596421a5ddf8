#include "training/gradient_trainer.h"

#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/random.h"
#include "models/device.h"
#include "models/layers/autocast.h"
#include "models/runtime.h"
#include "training/loss_line.h"
#include "training/share_checkpoint.h"

namespace zoo {
namespace {

Parts parameters_of(torch::nn::Module& module) {
  Parts parameters;
  for (const auto& parameter : module.named_parameters()) parameters.emplace_back(parameter.key(), parameter.value());
  return parameters;
}

}  // namespace

Json GradientTrainer::Counters::to_json() const {
  return {{"step", step},
          {"epoch", next.epoch},
          {"batch", next.index},
          {"units", units},
          {"seconds", seconds},
          {"window", {window_sum, window_count, window_seconds}},
          {"validation_due", validation_due},
          {"best_loss", best_loss},
          {"best_score", best_score},
          {"last_loss", last_loss},
          {"best_step", best_step},
          {"validated_step", validated_step},
          {"without_better", without_better}};
}

void GradientTrainer::Counters::read(const Json& json) {
  step = json.at("step");
  next = {json.at("epoch"), json.at("batch")};
  units = json.at("units");
  seconds = json.at("seconds");
  const auto& window = json.at("window");
  window_sum = window.at(0), window_count = window.at(1), window_seconds = window.at(2);
  validation_due = json.at("validation_due");
  best_loss = json.at("best_loss");
  best_score = json.value("best_score", 0.0);  // states of earlier versions have none
  last_loss = json.at("last_loss");
  best_step = json.at("best_step");
  validated_step = json.at("validated_step");
  without_better = json.at("without_better");
}

GradientTrainer::GradientTrainer(Model& model, const TrainingData& data, const TrainingOptions& options,
                                 const SittingOptions& sitting, RunFolder& run, ProcessGroup* group)
    : model_(model),
      trained_(*model.differentiable()),
      data_(data),
      options_(options),
      sitting_options_(sitting),
      run_(run),
      group_(group),
      batcher_(make_batcher(data.train, data.train_source, trained_.examples(),
                            batches_of(static_cast<std::uint64_t>(options.seed)))),
      device_(compute_device()) {
  schedule_ = {options.schedule, options.learning_rate, options.warmup, total_steps(), options.floor};
}

BatcherOptions GradientTrainer::batches_of(std::uint64_t seed) const {
  BatcherOptions options{.batch_size = options_.batch_size, .batch_tokens = options_.batch_tokens, .seed = seed};
  if (group_ != nullptr) options.share = group_->rank(), options.shares = group_->processes();
  return options;
}

std::int64_t GradientTrainer::total_steps() const {
  const auto batches = options_.epochs * static_cast<double>(batcher_.batches_per_epoch());
  return std::max<std::int64_t>(1, std::llround(std::ceil(batches / static_cast<double>(options_.accumulate) - 1e-9)));
}

double GradientTrainer::epochs_done() const {
  return static_cast<double>(at_.next.epoch) +
         static_cast<double>(at_.next.index) / static_cast<double>(batcher_.batches_per_epoch());
}

void GradientTrainer::start() {
  const auto seed = static_cast<std::uint64_t>(options_.seed);
  trained_.module().train();
  std::optional<Checkpoint> saved;
  const auto state = run_.latest_state();
  // Weights start on the CPU, with the same numbers for every device, and then move.
  if (state) {
    saved = load_checkpoint(*state);
    restore_tensors(saved->weights, model_.parts(), state->string());
  } else {
    model_.initialise(seed);
  }
  if (!device_.is_cpu()) model_.to(device_);
  make_memory();
  if (saved) restore_tensors(saved->optimizer, memory(), state->string());
  if (group_ != nullptr) saved = share_start(*group_, model_.parts(), memory(), std::move(saved));
  if (saved) {
    carried_ = saved->carried;
    try {
      at_.read(saved->progress);
    } catch (const Json::exception&) {
      fail("{}: progress.json is damaged; train anew without --resume", run_.path().string());
    }
    batcher_.seek(at_.next);
    log_info(fmt::format("going on from step {}", short_number(static_cast<double>(at_.step))));
  }
  seed_random();
  if (saved) restore_random(*saved);
  is_new_ = !saved;
  first_step_ = at_.step;
  sitting_ = std::make_unique<Sitting>(run_, sitting_options_, at_.step, at_.seconds, leads(group_));
  sitting_->saved(at_.step);
}

void GradientTrainer::make_memory() {
  const auto& o = options_;
  parameters_ = parameters_of(trained_.module());
  optimizer_ = make_optimizer({o.optimizer, o.weight_decay, o.beta1, o.beta2, o.epsilon, o.momentum}, parameters_,
                              [this](std::string_view name) { return trained_.decays(name); });
  if (options_.average > 0 && options_.average_last > 0) {
    fail_usage("training.average {} and training.average_last {}: give one of the two", options_.average,
               options_.average_last);
  }
  if (options_.average > 0) average_ = std::make_unique<WeightAverage>(parameters_, options_.average);
  if (options_.average_last > 0) average_ = std::make_unique<LastWeights>(parameters_, options_.average_last);
}

void GradientTrainer::seed_random() {
  const auto seed = static_cast<std::uint64_t>(options_.seed);
  if (leads(group_)) return seed_torch(seed);
  // Every process drops units of its own; one that joins a run that goes on begins other numbers than at the start.
  Random random(seed ^ static_cast<std::uint64_t>(at_.step), static_cast<std::uint64_t>(group_->rank()));
  seed_torch(random.bits());
}

void GradientTrainer::announce() {
  // A few batches there and back, from all over the epoch because lines differ in length, tell memory and time; nothing
  // of it stays. The first one only warms up.
  Checkpoint random;
  take_random(random);
  auto probe_options = batches_of(1);
  probe_options.prefetch = 0;
  auto probe = make_batcher(data_.train, data_.train_source, trained_.examples(), probe_options);
  constexpr int kRounds = 4;
  double seconds = 0;
  for (int round = 0; round < kRounds; ++round) {
    probe.seek({0, probe.batches_per_epoch() * round / kRounds});
    const auto batch = probe.next();
    if (!batch.input.defined()) continue;
    const auto start = std::chrono::steady_clock::now();
    State state;
    const auto loss = loss_of(batch, state);
    loss.sum.backward();
    unit_ = loss.unit;
    trained_.module().zero_grad();
    wait_for(device_);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (round > 0) seconds += taken.count() / (kRounds - 1);
  }
  const auto count = probe.tokens_per_epoch() / std::max<std::int64_t>(1, probe.batches_per_epoch());
  restore_random(random);
  double parameters = 0;
  for (const auto& [name, tensor] : parameters_) parameters += static_cast<double>(tensor.numel());
  const auto memory = resident_bytes() + static_cast<double>(optimizer_->bytes()) + 4 * parameters;
  auto steps = total_steps();
  if (sitting_options_.max_steps > 0) steps = std::min(steps, sitting_options_.max_steps);
  auto expected = seconds * static_cast<double>(std::max<std::int64_t>(0, steps - at_.step) * options_.accumulate);
  if (sitting_options_.max_minutes > 0) {
    expected = std::min(expected, std::max(0.0, 60 * sitting_options_.max_minutes - at_.seconds));
  }
  log_info(fmt::format(
      "{} parameters, about {} of memory; {} steps of {} {}: about {} on {}{}{} threads", short_number(parameters),
      bytes_text(memory), short_number(static_cast<double>(steps)), count * options_.accumulate,
      unit_ == Unit::token ? "tokens" : "pairs", clock_text(expected), device_.is_cpu() ? "" : "a GPU and ",
      group_ == nullptr ? "" : fmt::format("{} processes of ", group_->processes()), at::get_num_threads()));
}

Loss GradientTrainer::loss_of(const Batch& batch, State& state) {
  const Autocast autocast(options_.precision == "bf16", device_.type());
  return trained_.loss(batch, state);
}

void GradientTrainer::add_gradients(Totals& totals, bool last) {
  const auto batch = batcher_.next();
  // A process without rows goes through the same steps with the others, and adds nothing.
  const auto loss = batch.input.defined() ? loss_of(batch, carried_) : Loss{parameters_[0].second.sum() * 0, 0, unit_};
  unit_ = loss.unit;
  totals.sum += loss.sum.item<double>();
  totals.count += static_cast<double>(loss.count);
  if (group_ != nullptr && last) {
    const auto before = group_->bytes_sent();
    totals.requests = requests_now(*sitting_, at_.step + 1, group_);
    const auto of_all = add_up_later(*group_, totals);
    gradients_->backward(loss.sum);
    totals = of_all();
    requests_ = totals.requests;
    bytes_sent_ += group_->bytes_sent() - before;
  }
  if ((group_ == nullptr || last) && !std::isfinite(totals.sum)) stop_at_bad_loss(totals.sum);
  if (group_ == nullptr || !last) loss.sum.backward();
  for (auto& tensor : carried_) tensor = tensor.detach();
}

void GradientTrainer::step() {
  const auto before = sitting_->seconds();
  const auto rate = schedule_.rate(at_.step + 1);
  Totals totals;
  for (std::int64_t part = 1; part <= options_.accumulate; ++part) add_gradients(totals, part == options_.accumulate);
  const auto units = std::max(1.0, totals.count);
  if (options_.clip > 0) {
    scale_gradients(parameters_, 1 / units);
    clip_by_global_norm(parameters_, options_.clip);
    optimizer_->step(rate);
  } else {
    optimizer_->step(rate, units);
  }
  if (average_) average_->update(at_.step + 1);
  trained_.module().zero_grad();

  const auto epoch_before = at_.next.epoch;
  at_.next = batcher_.position();
  ++at_.step;
  at_.units += totals.count;
  at_.window_sum += totals.sum;
  at_.window_count += totals.count;
  at_.window_seconds += sitting_->seconds() - before;
  const auto every = options_.validate_every;
  at_.validation_due = every > 0 ? at_.step % every == 0 : at_.next.epoch > epoch_before;
  if (at_.step % sitting_options_.log_every == 0) log_window(rate);
}

void GradientTrainer::log_window(double rate) {
  if (at_.window_count == 0) return;
  Json line = {{"step", at_.step}, {"epoch", epochs_done()}};
  at_.last_loss = at_.window_sum / at_.window_count;
  add_loss(line, "", at_.last_loss, unit_);
  line["tokens"] = at_.units;
  line["tokens_per_second"] = at_.window_count / std::max(1e-9, at_.window_seconds);
  line["learning_rate"] = rate;
  if (group_ != nullptr) line["bytes_sent_per_step"] = bytes_sent_per_step();
  sitting_->write_metrics(std::move(line));
  at_.window_sum = at_.window_count = at_.window_seconds = 0;
}

void GradientTrainer::save() {
  at_.seconds = sitting_->seconds();
  Checkpoint state = {model_.parts(), memory(), carried_, {}, at_.to_json()};
  take_random(state);
  if (group_ != nullptr) gather_streams(*group_, state);
  if (leads(group_)) save_checkpoint(run_, at_.step, state);
  sitting_->saved(at_.step);
}

Parts GradientTrainer::memory() const {
  auto parts = optimizer_->state();
  if (average_) {
    for (auto& part : average_->state()) parts.push_back(std::move(part));
  }
  return parts;
}

void GradientTrainer::save_best() {
  if (!leads(group_)) return;
  save_tensors(run_.weights_file(), model_.parts(), {{"step", std::to_string(at_.step)}});
}

void GradientTrainer::stop_at_bad_loss(double loss) {
  if (!leads(group_)) fail("the loss became {} at step {}", loss, at_.step + 1);
  std::string kept;
  if (std::filesystem::exists(run_.weights_file())) {
    kept = fmt::format("{} keeps the best weights so far", run_.weights_file().string());
  } else if (const auto state = run_.latest_state()) {
    save_tensors(run_.weights_file(), load_tensors(*state / "weights.safetensors"));
    kept = fmt::format("{} keeps the weights of step {}", run_.weights_file().string(), state->filename().string());
  } else {
    kept = "no weights had been saved yet";
  }
  run_.write_outcome(outcome(false, "the loss became " + fmt::format("{}", loss)).to_json());
  fail("the loss became {} at step {}; {}; train anew with a lower --learning-rate or with --clip 1", loss,
       at_.step + 1, kept);
}

TrainingOutcome GradientTrainer::outcome(bool finished, const std::string& reason) const {
  TrainingOutcome result{finished, reason, at_.step, epochs_done(), sitting_->seconds(), {}, 0};
  if (at_.best_step >= 0) {
    result.best_valid_loss = at_.best_loss;
    result.best_step = at_.best_step;
    if (data_.judge) result.best_valid_score = at_.best_score;
  }
  if (group_ != nullptr) {
    result.processes = group_->processes();
    result.bytes_sent_per_step = bytes_sent_per_step();
  }
  return result;
}

std::optional<TrainingOutcome> GradientTrainer::ended() {
  if (options_.patience > 0 && at_.without_better >= options_.patience) {
    return outcome(true, "validation stopped improving");
  }
  if (at_.step >= total_steps()) return outcome(true, "all epochs");
  if (const auto limit = sitting_->limit_reached(at_.step, requests_.time_is_up)) return outcome(false, *limit);
  return std::nullopt;
}

double GradientTrainer::bytes_sent_per_step() const {
  return bytes_sent_ / static_cast<double>(std::max<std::int64_t>(1, at_.step - first_step_));
}

std::string GradientTrainer::note() const {
  auto text = at_.window_count > 0 ? fmt::format("loss {:.3f}", at_.window_sum / at_.window_count)
                                   : fmt::format("loss {:.3f}", at_.last_loss);
  if (at_.best_step >= 0) text += fmt::format("  valid {:.3f}", at_.best_loss);
  return text;
}

TrainingOutcome GradientTrainer::train() {
  start();
  if (at_.step < total_steps()) announce();
  if (group_ != nullptr) {
    gradients_ = std::make_unique<GradientSum>(*group_, parameters_);
    requests_ = add_up(*group_, {0, 0, requests_now(*sitting_, at_.step, group_)}).requests;
  }
  const auto total = options_.epochs * static_cast<double>(batcher_.tokens_per_epoch());
  const auto stop_if_interrupted = [&](bool now) {
    if (!now && !requests_.interrupted) return;
    save();
    hide_progress();
    if (!leads(group_)) throw Interrupted(fmt::format("rank {}: interrupted at step {}", group_->rank(), at_.step));
    throw Interrupted(
        fmt::format("interrupted at step {}; go on with --output {} --resume", at_.step, run_.path().string()));
  };
  if (is_new_) save();  // so that there always are weights to fall back on
  while (true) {
    if (group_ == nullptr) requests_ = requests_now(*sitting_, at_.step, group_);
    if (at_.validation_due) {
      if (!validate(true)) stop_if_interrupted(true);
      continue;
    }
    if (const auto end = ended()) {
      // The last weights are validated too, whatever ended training; that does not count towards patience.
      if (data_.valid && at_.validated_step != at_.step && !validate(false)) stop_if_interrupted(true);
      if (!data_.valid) {
        const AverageInPlace average(average_.get());
        save_best();
      }
      log_window(schedule_.rate(at_.step));
      save();
      const auto result = outcome(end->finished, end->reason);
      if (leads(group_)) run_.write_outcome(result.to_json());
      return result;
    }
    stop_if_interrupted(false);
    if (requests_.checkpoint) save();
    step();
    sitting_->show(at_.units, total, note());
  }
}

TrainingOutcome train_by_gradient(Model& model, const TrainingData& data, const TrainingOptions& options,
                                  const SittingOptions& sitting, RunFolder& run, ProcessGroup* group) {
  return GradientTrainer(model, data, options, sitting, run, group).train();
}

}  // namespace zoo
