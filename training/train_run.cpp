#include "training/train_run.h"

#include <torch/version.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/freed_memory.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/version.h"
#include "data/splits.h"
#include "models/device.h"
#include "models/goes_on.h"
#include "models/layers/bfloat16_rows.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "models/shared_training.h"
#include "runs/run_folder.h"
#include "runs/run_links.h"
#include "training/run_texts.h"
#include "training/share_run.h"
#include "training/start_vectors.h"
#include "training/trainer.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

std::unique_ptr<Model> model_of(const RunOptions& options, const Tokenizers& tokenizers, const Corpus& corpus) {
  auto vocabulary = vocabulary_of(*tokenizers.own);
  if (tokenizers.source) vocabulary.source_size = tokenizers.source->size();
  for (const auto count : corpus.counts()) vocabulary.counts.push_back(static_cast<std::int64_t>(count));
  keep_freed_memory(true);  // what a step frees the next one takes
  auto model = options.kind.create(*options.model, vocabulary);
  const auto* trained = model->differentiable();
  keep_freed_memory(trained != nullptr);  // who trains itself has all its memory now
  const bool translates = trained != nullptr && std::holds_alternative<SentencePairs>(trained->examples());
  if (tokenizers.source && !translates) {
    fail_usage("--source, --target: {} reads one text; give it by --input", options.kind.name());
  }
  return model;
}

Json tokenizer_facts(const Tokenizer& tokenizer) {
  return {{"type", tokenizer.type()}, {"fingerprint", tokenizer.fingerprint()}, {"size", tokenizer.size()}};
}

/// A model that trains itself has no use for the gradient trainer's options: one that is set is a mistake.
void check_self_trained(const RunOptions& options) {
  RunOptions standard(options.kind);
  Fields own;
  options.model->fields(own);
  auto given = options.training;
  const auto before = fields_of(standard.training).to_json();
  const auto now = fields_of(given).to_json();
  for (const auto& [name, value] : now.items()) {
    if (name == "seed" || own.find(name) != nullptr || value == before.at(name)) continue;
    fail_usage("training.{}: {} trains itself and has no such setting", name, options.kind.name());
  }
}

/// Before anything is written: rows of one length are counted, not measured in tokens, and the text holds a batch.
void check_batches(const RunOptions& options, const TrainingData& data, const Examples& examples) {
  const bool lines = std::holds_alternative<Sentences>(examples) || std::holds_alternative<MaskedSentences>(examples) ||
                     std::holds_alternative<SentencePairs>(examples);
  if (options.training.batch_tokens > 0 && !lines) {
    fail_usage("training.batch_tokens: {} is fed rows of one length, not lines; set training.batch_size instead",
               options.kind.name());
  }
  const BatcherOptions batches{
      .batch_size = options.training.batch_size, .batch_tokens = options.training.batch_tokens, .prefetch = 0};
  static_cast<void>(make_batcher(data.train, data.train_source, examples, batches));
}

Json config_of(const RunOptions& options, const Tokenizers& tokenizers, const TrainingData& data, Model& model,
               int threads, const ProcessGroup* group) {
  auto config = options.kept();
  Json whole = {{"format_version", kRunFormatVersion}};
  whole.update(config);
  if (tokenizers.source) {
    whole["tokenizer"]["source"] = tokenizer_facts(*tokenizers.source);
    whole["tokenizer"]["target"] = tokenizer_facts(*tokenizers.own);
  } else {
    whole["tokenizer"].update(tokenizer_facts(*tokenizers.own));
  }
  whole["data"]["part"] = part_name(training_part(options.data));
  whole["data"].update(text_facts(data));
  if (const auto* vectors = model.word_vectors()) {
    whole["word_vectors"] = {{"tensor", vectors->word_vectors_part()}};
    const auto* composed = dynamic_cast<const SubwordWordVectors*>(vectors);
    if (const auto part = composed == nullptr ? std::nullopt : composed->subword_part()) {
      const auto& [shortest, longest, buckets] = part->subwords;
      whole["word_vectors"]["subwords"] = {
          {"tensor", part->part}, {"min_n", shortest}, {"max_n", longest}, {"buckets", buckets}};
    }
  }
  auto sitting = options.sitting;
  whole["sitting"] = fields_of(sitting).to_json();
  whole["made_by"] = {{"langzoo", kVersion},
                      {"libtorch", TORCH_VERSION},
                      {"seed", options.training.seed},
                      {"threads", threads},
                      {"machine", processor()}};
  if (group != nullptr) whole["made_by"]["processes"] = group->processes();
  return whole;
}

/// A new folder with tokenizer and config; it becomes a run with its config, written last.
RunFolder start_run(const RunOptions& options, const Tokenizers& tokenizers, const Json& config) {
  auto run = RunFolder::create(options.output);
  const auto save = [](const Tokenizer& tokenizer, const fs::path& folder) {
    make_folder(folder);
    tokenizer.save(folder);
  };
  if (tokenizers.source) save(*tokenizers.source, run.tokenizer_folder() / "source");
  save(*tokenizers.own, tokenizers.source ? run.tokenizer_folder() / "target" : run.tokenizer_folder());
  run.write_config(config);
  return run;
}

void check_text(const RunFolder& run, const TrainingData& data) {
  const auto config = run.config();
  const auto facts = text_facts(data);
  for (const auto& [name, value] : facts.items()) {
    if (config.at("data").value(name, Json()) != value) {
      fail("{}: the run was started on another text (data.{} was {}, now {}); bring the old text back or train anew",
           run.path().string(), name, config.at("data").value(name, Json()).dump(), value.dump());
    }
  }
}

void check_resumed(const RunOptions& options, const RunFolder& run, const Tokenizers& tokenizers,
                   const TrainingData& data, int threads, int processes) {
  const auto config = run.config();
  check_text(run, data);
  if (!options.tokenizer_folder.empty()) {
    const auto given = tokenizers_of(options);
    if (given.own->fingerprint() != tokenizers.own->fingerprint() ||
        (given.source && given.source->fingerprint() != tokenizers.source->fingerprint())) {
      fail_usage("--tokenizer {}: the run was started with another tokenizer; leave the option out",
                 options.tokenizer_folder);
    }
  }
  if (config.at("made_by").value("threads", 0) != threads) {
    log_warning(
        fmt::format("{} threads, the run was started with {}: weights will not be those of one sitting to the bit",
                    threads, config.at("made_by").value("threads", Json()).dump()));
  }
  if (config.at("made_by").value("processes", 1) != processes) {
    log_warning(
        fmt::format("{} processes, the run was started with {}: weights will not be those of one sitting to the bit",
                    processes, config.at("made_by").value("processes", 1)));
  }
}

/// Processes on one machine share its cores.
int threads_for(const SittingOptions& sitting, const ProcessGroup* group) {
  if (sitting.threads > 0 || group == nullptr) return use_threads(sitting.threads);
  return use_threads(std::max(1, available_threads() / group->place().local_processes));
}

RunResult nothing_left(const Json& outcome) {
  RunResult result;
  result.was_finished = true;
  result.outcome.finished = true;
  result.outcome.reason = outcome.value("reason", "");
  result.outcome.steps = outcome.value("steps", std::int64_t{0});
  result.outcome.epochs = outcome.value("epochs", 0.0);
  result.outcome.seconds = outcome.value("seconds", 0.0);
  return result;
}

void check_trainable(const RunOptions& options, Model& model, const ProcessGroup* group) {
  if (model.differentiable() != nullptr) {
    if (options.training.precision == "bf16" && compute_device().is_cpu() && !has_bfloat16_products()) {
      fail_usage(
          "training.precision: bf16 takes a processor that multiplies bfloat16 (AVX-512 BF16), and {} does not; train "
          "in fp32",
          processor());
    }
    return;
  }
  const auto name = options.kind.name();
  if (model.self_trained() == nullptr) {
    fail_usage("{}: with these options there is nothing to train; see zoo train {} --help", name, name);
  }
  if (!compute_device().is_cpu()) {
    Fields own;
    options.model->fields(own);
    fail_usage("--device {}: {} trains itself, by a program for the CPU; leave --device out{}", options.sitting.device,
               name, own.find("trainer") != nullptr ? ", or train it by --trainer gradient" : "");
  }
  check_self_trained(options);
  if (group != nullptr && dynamic_cast<SharedTraining*>(model.self_trained()) == nullptr) {
    fail_usage("WORLD_SIZE: {} processes, and {} trains itself in one; start it alone", group->processes(), name);
  }
}

/// What works in one process only.
void check_shared_options(const RunOptions& options, const ProcessGroup& group) {
  if (options.sitting.device != "cpu") {
    fail_usage(
        "--device {}: {} processes add up their gradients on the CPU; train on a GPU in one, or leave --device out",
        options.sitting.device, group.processes());
  }
  if (options.training.batch_tokens > 0) {
    fail_usage("training.batch_tokens: {} processes share batches of a number of rows; set training.batch_size instead",
               group.processes());
  }
  if (options.training.validate_by != "loss") {
    fail_usage("training.validate_by: '{}' works in one process; {} processes are validated by their loss",
               options.training.validate_by, group.processes());
  }
}

RunResult train(const RunOptions& options, Model& model, const TrainingData& data, RunFolder& run,
                ProcessGroup* group) {
  RunResult result;
  result.outcome =
      model.differentiable() != nullptr
          ? train_by_gradient(model, data, options.training, options.sitting, run, group)
          : train_itself(model, data, static_cast<std::uint64_t>(options.training.seed), options.sitting, run, group);
  if (auto* trained = model.differentiable()) {  // parts may hold more: what is derived from the parameters
    for (const auto& tensor : trained->module().parameters()) result.parameters += static_cast<double>(tensor.numel());
  } else {
    for (const auto& [name, tensor] : model.parts()) result.parameters += static_cast<double>(tensor.numel());
  }
  return result;
}

/// What a process does that is not rank 0.
RunResult follow(const RunOptions& options, ProcessGroup& group) {
  threads_for(options.sitting, &group);
  const TemporaryFolder scratch;
  auto run = take_run(group, scratch.path() / "run");
  if (!run) return nothing_left(Json::object());
  const Tokenizers tokenizers{run->tokenizer(), run->source_tokenizer()};
  const auto data = corpora_of(options.data, tokenizers);
  check_text(*run, data);
  const auto model = model_of(options, tokenizers, data.train);
  check_trainable(options, *model, &group);
  return train(options, *model, data, *run, &group);
}

/// A saved state has what came of it; a new training begins with what --init-from names.
void start_from(const RunOptions& options, const Tokenizers& tokenizers, Model& model) {
  const auto& from = options.data.init_from;
  if (auto* going_on = dynamic_cast<GoesOnFromRun*>(&model)) {
    const auto run = RunFolder::open(from);
    const auto source = run.source_tokenizer();
    const auto same = [](const auto& a, const auto& b) {
      return (a == nullptr) == (b == nullptr) && (a == nullptr || a->fingerprint() == b->fingerprint());
    };
    if (!same(run.tokenizer(), tokenizers.own) || !same(source, tokenizers.source)) {
      fail("--init-from {}: its weights are for its own tokenizer; leave --tokenizer out", from);
    }
    return going_on->go_on_from(load_tensors(run.weights_file()));
  }
  auto* starting = dynamic_cast<StartsFromVectors*>(&model);
  if (starting == nullptr) fail_usage("--init-from: {} cannot start from word vectors", options.kind.name());
  starting->start_from(start_vectors(from, options.kind, *tokenizers.own));
}

}  // namespace

RunResult train_run(const RunOptions& options, const JudgeMaker& make_judge, ProcessGroup* group) {
  if (group != nullptr) check_shared_options(options, *group);
  if (!leads(group)) return follow(options, *group);
  if (options.output.empty())
    fail_usage("--output: give a folder for the run, for example --output runs/{}", options.kind.name());
  check_texts(options.data);
  const auto& init_from = options.data.init_from;
  if (!init_from.empty() && options.data.two_languages() && !goes_on_from_runs(options.kind)) {
    fail_usage("--init-from: a translation cannot start from word vectors");
  }
  if (!options.resume && RunFolder::is_run(options.output)) {
    fail("{}: holds a run already; go on with it by --resume or choose another folder", options.output);
  }
  std::optional<RunFolder> run;
  if (options.resume) {
    run = RunFolder::open(options.output);
    check_run_links(options.output);
    if (run->finished()) {
      if (group != nullptr) tell_run(*group, std::nullopt);
      return nothing_left(run->config().at("outcome"));
    }
  }
  const auto threads = threads_for(options.sitting, group);
  const auto tokenizers = run ? Tokenizers{run->tokenizer(), run->source_tokenizer()} : tokenizers_of(options);
  auto data = corpora_of(options.data, tokenizers);
  const auto model = model_of(options, tokenizers, data.train);
  check_trainable(options, *model, group);
  if (model->differentiable() != nullptr) check_batches(options, data, model->differentiable()->examples());
  if (const auto& by = options.training.validate_by; by != "loss") {
    if (model->translation() == nullptr || !make_judge) {
      fail_usage("training.validate_by: '{}' scores translations; {} is validated by its loss here", by,
                 options.kind.name());
    }
    data.judge = make_judge(by, data, tokenizers.own);
  }
  if (!init_from.empty() && !(run && run->latest_state())) start_from(options, tokenizers, *model);
  if (run) {
    check_resumed(options, *run, tokenizers, data, threads, group == nullptr ? 1 : group->processes());
  } else {
    run = start_run(options, tokenizers, config_of(options, tokenizers, data, *model, threads, group));
  }
  if (group != nullptr) tell_run(*group, run);
  log_info(fmt::format("{}: vocabulary {}, {} tokens to train on, {} to validate on", options.kind.name(),
                       tokenizers.own->size(), short_number(static_cast<double>(data.train.size())),
                       short_number(static_cast<double>(data.valid->size()))));
  return train(options, *model, data, *run, group);
}

std::string RunResult::summary() const {
  if (was_finished) return fmt::format("already finished ({}); nothing to do", outcome.reason);
  auto text = fmt::format("{} after {} steps, {:.2f} epochs, {}", outcome.reason, outcome.steps, outcome.epochs,
                          clock_text(outcome.seconds));
  if (outcome.processes > 1) {
    text += fmt::format("; {} processes, {} sent by each a step", outcome.processes,
                        bytes_text(outcome.bytes_sent_per_step));
  }
  if (outcome.best_valid_loss) {
    text += fmt::format("; best validation loss {:.4f} at step {}", *outcome.best_valid_loss, outcome.best_step);
    if (outcome.best_valid_score) text += fmt::format(" with a score of {:.2f}", *outcome.best_valid_score);
  }
  return text;
}

Json RunResult::to_json(const RunOptions& options) const {
  Json json = {{"model", options.kind.name()}, {"output", options.output}};
  json.update(outcome.to_json());
  json["was_finished"] = was_finished;
  if (!was_finished) json["parameters"] = parameters;
  return json;
}

}  // namespace zoo
