#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/shared_training.h"
#include "training/agreement.h"
#include "training/row_merge.h"
#include "training/share_checkpoint.h"
#include "training/trainer.h"

namespace zoo {
namespace {

class SelfTrainer {
 public:
  SelfTrainer(Model& model, const TrainingData& data, std::uint64_t seed, const SittingOptions& options, RunFolder& run,
              ProcessGroup* group)
      : model_(model), trained_(*model.self_trained()), data_(data), options_(options), run_(run), group_(group) {
    model_.initialise(seed);
    log_info("building tables from the training text");
    trained_.begin(data_.train, seed, at::get_num_threads());
    double seconds = 0;
    std::optional<Checkpoint> saved;
    if (const auto state = run_.latest_state()) {
      saved = load_checkpoint(*state);
      model_.load_parts(saved->weights);
    }
    if (group_ != nullptr) {
      const auto matrices = dynamic_cast<SharedTraining&>(trained_).share(group_->rank(), group_->processes());
      saved = share_start(*group_, model_.parts(), {}, std::move(saved));
      rows_.emplace(*group_, matrices);
    }
    if (saved) {
      try {
        const auto& progress = saved->progress;
        step_ = progress.at("step");
        seconds = progress.at("seconds");
        finished_ = progress.at("finished");
        epochs_validated_ = progress.at("epochs_validated");
        last_.tokens_done = progress.at("tokens");
        last_.epoch = progress.at("epoch");
        epoch_loss_ = progress.value("epoch_loss", 0.0);
        epoch_count_ = progress.value("epoch_count", std::int64_t{0});
        trained_.restore(progress.at("cursor"));
      } catch (const Json::exception&) {
        fail("{}: progress.json is damaged; train anew without --resume", run_.path().string());
      }
      log_info(fmt::format("going on from epoch {:.2f}", last_.epoch));
    }
    first_step_ = step_;
    sitting_.emplace(run_, options_, step_, seconds, leads(group_));
    sitting_->saved(step_);
  }

  TrainingOutcome train() {
    announce();
    if (group_ != nullptr) requests_ = add_up(*group_, {0, 0, requests_now(*sitting_, step_, group_)}).requests;
    while (true) {
      if (group_ == nullptr) requests_ = requests_now(*sitting_, step_, group_);
      if (finished_) return end(true, "all epochs");
      if (const auto limit = sitting_->limit_reached(step_, requests_.time_is_up)) return end(false, *limit);
      if (requests_.interrupted) {
        save();
        hide_progress();
        if (!leads(group_)) throw Interrupted(fmt::format("rank {}: interrupted", group_->rank()));
        throw Interrupted(fmt::format("interrupted in epoch {:.2f}; go on with --output {} --resume", last_.epoch,
                                      run_.path().string()));
      }
      if (requests_.checkpoint) save();
      slice();
    }
  }

 private:
  void announce() {
    double parameters = 0, bytes = 0;
    for (const auto& [name, tensor] : model_.parts()) {
      parameters += static_cast<double>(tensor.numel());
      bytes += static_cast<double>(tensor.nbytes());
    }
    const auto memory = fmt::format("{} of memory now", bytes_text(resident_bytes()));
    log_info(parameters > 0 ? fmt::format("{} parameters ({}), {}, {} threads", short_number(parameters),
                                          bytes_text(bytes), memory, at::get_num_threads())
                            : fmt::format("{}, {} threads", memory, at::get_num_threads()));
  }

  void slice() {
    const auto begin = sitting_->seconds();
    const auto before = last_.tokens_done;
    if (last_.epoch == std::floor(last_.epoch)) epoch_loss_ = 0, epoch_count_ = 0;
    last_ = trained_.advance();
    if (group_ != nullptr) bring_together();
    const auto seconds = std::max(1e-9, sitting_->seconds() - begin);
    ++step_;
    finished_ = last_.finished;
    Json line = {{"step", step_}, {"epoch", last_.epoch}};
    std::string note;
    if (last_.loss_count > 0) {
      const auto mean = last_.loss_sum / static_cast<double>(last_.loss_count);
      if (!std::isfinite(mean)) stop_at_bad_loss(mean);
      line["loss"] = mean;
      epoch_loss_ += last_.loss_sum;
      epoch_count_ += last_.loss_count;
      note = fmt::format("loss {:.3f}", mean);
      if (valid_loss_) note += fmt::format(", validation {:.3f}", *valid_loss_);
    }
    if (group_ != nullptr) line["bytes_sent_per_step"] = bytes_sent_per_step();
    line["tokens"] = last_.tokens_done;
    line["tokens_per_second"] = static_cast<double>(last_.tokens_done - before) / seconds;
    if (last_.learning_rate > 0) line["learning_rate"] = last_.learning_rate;
    sitting_->write_metrics(std::move(line));
    sitting_->show(static_cast<double>(last_.tokens_done), static_cast<double>(last_.tokens_total), note);
    // A slice that Ctrl-C cut short ends the sitting first; what is due is done after --resume.
    const bool interrupts = group_ == nullptr ? interrupted() : requests_.interrupted;
    if (!interrupts && (finished_ || std::floor(last_.epoch) > epochs_validated_)) validate();
  }

  /// What the processes learnt from their parts of the slice, and its loss.
  void bring_together() {
    const auto before = group_->bytes_sent();
    rows_->merge();
    const auto totals = add_up(
        *group_, {last_.loss_sum, static_cast<double>(last_.loss_count), requests_now(*sitting_, step_ + 1, group_)});
    last_.loss_sum = totals.sum;
    last_.loss_count = std::llround(totals.count);
    requests_ = totals.requests;
    bytes_sent_ += group_->bytes_sent() - before;
  }

  double bytes_sent_per_step() const {
    return bytes_sent_ / static_cast<double>(std::max<std::int64_t>(1, step_ - first_step_));
  }

  void validate() {
    epochs_validated_ = std::floor(last_.epoch);
    validated_step_ = step_;
    Json line = {{"step", step_}, {"epoch", last_.epoch}, {"tokens", last_.tokens_done}};
    std::string note;
    if (epoch_count_ > 0) {  // over all updates of this epoch, each before its own change
      const auto mean = epoch_loss_ / static_cast<double>(epoch_count_);
      line["epoch_loss"] = mean;
      note = fmt::format("loss {:.4f}", mean);
    }
    if (const auto mean = held_out(line)) {
      note += fmt::format("{}validation loss {:.4f}", note.empty() ? "" : ", ", *mean);
    }
    if (note.empty()) return;
    sitting_->write_metrics(std::move(line));
    hide_progress();
    log_info(fmt::format("epoch {:.2f}: {}", last_.epoch, note));
  }

  /// The loss on other text, noted in `line`.
  std::optional<double> held_out(Json& line) {
    if (!data_.valid) return std::nullopt;
    const auto loss = trained_.held_out(*data_.valid);
    if (!loss || loss->count == 0) return std::nullopt;
    const auto mean = loss->sum.item<double>() / static_cast<double>(loss->count);
    if (!std::isfinite(mean)) stop_at_bad_loss(mean);
    line["valid_loss"] = mean;
    if (loss->unit == Unit::token) line["valid_perplexity"] = std::exp(mean);
    valid_loss_ = mean;
    return mean;
  }

  void save() {
    sitting_->saved(step_);
    if (!leads(group_)) return;
    save_checkpoint(run_, step_,
                    {model_.parts(),
                     {},
                     {},
                     {},
                     {{"step", step_},
                      {"seconds", sitting_->seconds()},
                      {"finished", finished_},
                      {"epochs_validated", epochs_validated_},
                      {"tokens", last_.tokens_done},
                      {"epoch", last_.epoch},
                      {"epoch_loss", epoch_loss_},
                      {"epoch_count", epoch_count_},
                      {"cursor", trained_.cursor()}}});
    sitting_->saved(step_);
  }

  TrainingOutcome outcome(bool finished, const std::string& reason) const {
    TrainingOutcome result = {finished, reason, step_, last_.epoch, sitting_->seconds(), valid_loss_, step_};
    if (group_ != nullptr) {
      result.processes = group_->processes();
      result.bytes_sent_per_step = bytes_sent_per_step();
    }
    return result;
  }

  TrainingOutcome end(bool finished, const std::string& reason) {
    if (validated_step_ != step_) validate();
    const auto result = outcome(finished, reason);
    if (!leads(group_)) return result;
    save_tensors(run_.weights_file(), model_.parts(), {{"step", std::to_string(step_)}});
    save();
    run_.write_outcome(result.to_json());
    return result;
  }

  [[noreturn]] void stop_at_bad_loss(double loss) {
    if (!leads(group_)) fail("the loss became {} in epoch {:.2f}", loss, last_.epoch);
    std::string kept = "no weights had been saved yet";
    if (const auto state = run_.latest_state()) {
      save_tensors(run_.weights_file(), load_tensors(*state / "weights.safetensors"));
      kept = fmt::format("{} keeps the weights of step {}", run_.weights_file().string(), state->filename().string());
    }
    run_.write_outcome(outcome(false, fmt::format("the loss became {}", loss)).to_json());
    fail("the loss became {} in epoch {:.2f}; {}; train anew with a lower --learning-rate", loss, last_.epoch, kept);
  }

  Model& model_;
  SelfTrained& trained_;
  TrainingData data_;
  SittingOptions options_;
  RunFolder& run_;
  ProcessGroup* group_;
  std::optional<RowMerge> rows_;  ///< of several processes
  Requests requests_;
  double bytes_sent_ = 0;        ///< in the slices of this sitting
  std::int64_t first_step_ = 0;  ///< of this sitting
  std::optional<Sitting> sitting_;
  SliceReport last_;
  std::int64_t step_ = 0, validated_step_ = -1;
  double epochs_validated_ = 0;
  double epoch_loss_ = 0;  ///< Σ over this epoch's updates, nats
  std::int64_t epoch_count_ = 0;
  bool finished_ = false;
  std::optional<double> valid_loss_;
};

}  // namespace

TrainingOutcome train_itself(Model& model, const TrainingData& data, std::uint64_t seed, const SittingOptions& sitting,
                             RunFolder& run, ProcessGroup* group) {
  if (group != nullptr && dynamic_cast<SharedTraining*>(model.self_trained()) == nullptr) {
    fail_usage("WORLD_SIZE: {} processes, and this model trains itself in one; start it alone", group->processes());
  }
  return SelfTrainer(model, data, seed, sitting, run, group).train();
}

}  // namespace zoo
