#include "training/train_run.h"

#include <torch/version.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/version.h"
#include "data/splits.h"
#include "data/train_tokenizer.h"
#include "models/runtime.h"
#include "runs/run_folder.h"
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

Part training_part(const DataOptions& data) { return data.valid.empty() ? Part::train : Part::all; }

std::shared_ptr<const Tokenizer> tokenizer_of(const RunOptions& options) {
  if (!options.tokenizer_folder.empty()) return load_tokenizer(options.tokenizer_folder);
  return train_tokenizer(options.tokenizer, TextReader(options.data.input, training_part(options.data)));
}

TrainingData corpora_of(const DataOptions& data, const Tokenizer& tokenizer) {
  const CorpusOptions corpus{.line_ends = data.line_ends};
  auto train = open_corpus(data.input, training_part(data), tokenizer, corpus);
  auto valid = data.valid.empty() ? open_corpus(data.input, Part::valid, tokenizer, corpus)
                                  : open_corpus(data.valid, Part::all, tokenizer, corpus);
  return {std::move(train), std::move(valid)};
}

/// What the text was, to the byte: the names of corpora in the cache are hashes over text and tokenizer.
Json text_facts(const TrainingData& data) {
  return {{"training_tokens", data.train.size()},
          {"training_text", data.train.path().stem().string()},
          {"validation_tokens", data.valid->size()},
          {"validation_text", data.valid->path().stem().string()}};
}

std::unique_ptr<Model> model_of(const RunOptions& options, const Tokenizer& tokenizer, const Corpus& corpus) {
  VocabularyFacts vocabulary{tokenizer.size(), {}};
  for (const auto count : corpus.counts()) vocabulary.counts.push_back(static_cast<std::int64_t>(count));
  return options.kind.create(*options.model, vocabulary);
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

Json config_of(const RunOptions& options, const Tokenizer& tokenizer, const TrainingData& data, Model& model,
               int threads) {
  auto config = options.kept();
  Json whole = {{"format_version", kRunFormatVersion}};
  whole.update(config);
  whole["tokenizer"]["type"] = tokenizer.type();
  whole["tokenizer"]["fingerprint"] = tokenizer.fingerprint();
  whole["tokenizer"]["size"] = tokenizer.size();
  whole["data"]["part"] = part_name(training_part(options.data));
  whole["data"].update(text_facts(data));
  if (const auto* vectors = model.word_vectors()) whole["word_vectors"] = {{"tensor", vectors->word_vectors_part()}};
  auto sitting = options.sitting;
  whole["sitting"] = fields_of(sitting).to_json();
  whole["made_by"] = {{"langzoo", kVersion},
                      {"libtorch", TORCH_VERSION},
                      {"seed", options.training.seed},
                      {"threads", threads},
                      {"machine", processor()}};
  return whole;
}

/// A new folder with tokenizer and config; it becomes a run with its config, written last.
RunFolder start_run(const RunOptions& options, const Tokenizer& tokenizer, const Json& config) {
  auto run = RunFolder::create(options.output);
  make_folder(run.tokenizer_folder());
  tokenizer.save(run.tokenizer_folder());
  run.write_config(config);
  return run;
}

void check_resumed(const RunOptions& options, const RunFolder& run, const Tokenizer& tokenizer,
                   const TrainingData& data, int threads) {
  const auto config = run.config();
  const auto facts = text_facts(data);
  for (const auto& [name, value] : facts.items()) {
    if (config.at("data").value(name, Json()) != value) {
      fail("{}: the run was started on another text (data.{} was {}, now {}); bring the old text back or train anew",
           run.path().string(), name, config.at("data").value(name, Json()).dump(), value.dump());
    }
  }
  if (!options.tokenizer_folder.empty() &&
      load_tokenizer(options.tokenizer_folder)->fingerprint() != tokenizer.fingerprint()) {
    fail_usage("--tokenizer {}: the run was started with another tokenizer; leave the option out",
               options.tokenizer_folder);
  }
  if (config.at("made_by").value("threads", 0) != threads) {
    log_warning(
        fmt::format("{} threads, the run was started with {}: weights will not be those of one sitting to the bit",
                    threads, config.at("made_by").value("threads", Json()).dump()));
  }
}

}  // namespace

RunResult train_run(const RunOptions& options) {
  if (options.output.empty())
    fail_usage("--output: give a folder for the run, for example --output runs/{}", options.kind.name());
  if (options.data.input.empty()) fail_usage("--input: give the text to train on, for example --input corpus.txt");
  if (!options.resume && RunFolder::is_run(options.output)) {
    fail("{}: holds a run already; go on with it by --resume or choose another folder", options.output);
  }
  std::optional<RunFolder> run;
  if (options.resume) {
    run = RunFolder::open(options.output);
    if (run->finished()) {
      const auto outcome = run->config().at("outcome");
      RunResult result;
      result.was_finished = true;
      result.outcome.finished = true;
      result.outcome.reason = outcome.value("reason", "");
      result.outcome.steps = outcome.value("steps", std::int64_t{0});
      result.outcome.epochs = outcome.value("epochs", 0.0);
      result.outcome.seconds = outcome.value("seconds", 0.0);
      return result;
    }
  }
  const auto threads = use_threads(options.sitting.threads);
  const auto tokenizer = run ? run->tokenizer() : tokenizer_of(options);
  const auto data = corpora_of(options.data, *tokenizer);
  const auto model = model_of(options, *tokenizer, data.train);
  if (model->differentiable() == nullptr) check_self_trained(options);
  if (run) {
    check_resumed(options, *run, *tokenizer, data, threads);
  } else {
    run = start_run(options, *tokenizer, config_of(options, *tokenizer, data, *model, threads));
  }
  log_info(fmt::format("{}: vocabulary {}, {} tokens to train on, {} to validate on", options.kind.name(),
                       tokenizer->size(), short_number(static_cast<double>(data.train.size())),
                       short_number(static_cast<double>(data.valid->size()))));
  RunResult result;
  result.outcome =
      model->differentiable() != nullptr
          ? train_by_gradient(*model, data, options.training, options.sitting, *run)
          : train_itself(*model, data, static_cast<std::uint64_t>(options.training.seed), options.sitting, *run);
  for (const auto& [name, tensor] : model->parts()) result.parameters += static_cast<double>(tensor.numel());
  return result;
}

std::string RunResult::summary() const {
  if (was_finished) return fmt::format("already finished ({}); nothing to do", outcome.reason);
  auto text = fmt::format("{} after {} steps, {:.2f} epochs, {}", outcome.reason, outcome.steps, outcome.epochs,
                          clock_text(outcome.seconds));
  if (outcome.best_valid_loss) {
    text += fmt::format("; best validation loss {:.4f} at step {}", *outcome.best_valid_loss, outcome.best_step);
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
