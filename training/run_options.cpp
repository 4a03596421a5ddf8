#include "base/error.h"
#include "base/files.h"
#include "models/goes_on.h"
#include "runs/run_folder.h"
#include "tokenizers/tokenizer.h"
#include "training/train_run.h"

namespace zoo {
namespace {

/// The options of a training and of one sitting, as one section.
Fields training_fields(TrainingOptions& training, SittingOptions& sitting) {
  Fields fields;
  training.fields(fields);
  sitting.fields(fields);
  return fields;
}

Fields model_fields(const std::unique_ptr<ModelKind::Options>& model) {
  Fields fields;
  model->fields(fields);
  return fields;
}

template <class Options>
Json json_of(Options options) {
  return fields_of(options).to_json();
}

/// The first place where two objects differ, as "section.key", with both values.
struct Difference {
  std::string path;
  Json before, now;
};
std::optional<Difference> first_difference(const Json& before, const Json& now, const std::string& path) {
  if (!before.is_object() || !now.is_object()) {
    if (before == now) return std::nullopt;
    return Difference{path, before, now};
  }
  for (const auto& [key, value] : now.items()) {
    const auto below = path.empty() ? key : path + "." + key;
    if (const auto found = first_difference(before.value(key, Json()), value, below)) return found;
  }
  return std::nullopt;
}

}  // namespace

void DataOptions::fields(Fields& field) {
  field("input", input, "the text: files, folders, .gz, - for standard input");
  field("valid", valid,
        "text to validate on; without it, of every 20 documents of --input one validates, one is left out");
  field("source", source, "translation: the text to translate from, in place of input, line by line with target");
  field("target", target, "translation: the text to translate into");
  field("valid_source", valid_source, "translation: text to validate on, in place of valid");
  field("valid_target", valid_target, "translation: its translation");
  field("one_tokenizer", one_tokenizer, "translation: one tokenizer for both languages, trained on both texts");
  field("line_ends", line_ends, "lines end in a token of their own that is predicted like any other");
  field(
      "init_from", init_from,
      "word vectors to start from: a file of any format, or a run; from a run of the same model training goes on, with "
      "its words and the new text's. A Transformer goes on from a run of its kind, with its tokenizer and options");
}

RunOptions::RunOptions(const ModelKind& given) : kind(given), model(given.default_options()) {
  training_fields(training, sitting).read_json(kind.training_defaults(), std::string(kind.name()) + ".training");
}

void RunOptions::read_config(const Json& config, const std::string& origin) {
  if (!config.is_object())
    fail_usage("{}: an object with the sections model, training, tokenizer, data is expected", origin);
  for (const auto& [section, values] : config.items()) {
    const auto path = origin + ": " + section;
    if (section == "model") {
      auto options = values;
      if (options.is_object() && options.contains("kind")) {
        if (options["kind"] != kind.name()) {
          fail_usage("{}.kind: {} is not the model that is trained, {}", path, options["kind"].dump(), kind.name());
        }
        options.erase("kind");
      }
      model_fields(model).read_json(options, path);
    } else if (section == "training") {
      training_fields(training, sitting).read_json(values, path);
    } else if (section == "tokenizer") {
      fields_of(tokenizer).read_json(values, path);
    } else if (section == "data") {
      fields_of(data).read_json(values, path);
    } else {
      fail_usage("{}: no such section; known: model, training, tokenizer, data", path);
    }
  }
}

Json RunOptions::kept() const {
  Json model_section = {{"kind", kind.name()}};
  model_section.update(model_fields(model).to_json());
  Json tokenizer_section = Json::object();
  if (tokenizer_folder.empty()) tokenizer_section["options"] = json_of(tokenizer);
  auto data_section = json_of(data);
  if (!data.two_languages()) {
    for (const auto* name : {"source", "target", "valid_source", "valid_target", "one_tokenizer"}) {
      data_section.erase(name);
    }
  }
  return {{"model", model_section},
          {"tokenizer", tokenizer_section},
          {"data", std::move(data_section)},
          {"training", json_of(training)}};
}

bool goes_on_from_runs(const ModelKind& kind) {
  constexpr std::int64_t kWords = kSpecialTokens + 15;
  const auto options = kind.default_options();
  return dynamic_cast<GoesOnFromRun*>(kind.create(*options, sample_vocabulary(kWords)).get()) != nullptr;
}

void take_model_of_start(RunOptions& options) {
  const auto& from = options.data.init_from;
  if (from.empty() || !goes_on_from_runs(options.kind)) return;
  if (!is_directory(status_of(from))) {
    fail_usage("--init-from {}: {} goes on from the folder of a run", from, options.kind.name());
  }
  if (RunFolder::is_run(from)) {
    const auto config = read_json(std::filesystem::path(from) / "config.json");
    if (config.is_object() && config.contains("model_type") && !config.contains("format_version")) {
      fail(
          "--init-from {}: is a model of Hugging Face's transformers; make a run of it first: zoo import --format "
          "huggingface {} --output DIR",
          from, from);
    }
  }
  const auto run = RunFolder::open(from);
  if (run.model_kind() != options.kind.name()) {
    fail_usage("--init-from {}: is a run of {}; {} goes on from its own kind", from, run.model_kind(),
               options.kind.name());
  }
  options.read_config({{"model", run.config().at("model")}}, run.config_file().string());
  if (options.tokenizer_folder.empty()) options.tokenizer_folder = from;
}

void take_options_of_run(RunOptions& options) {
  if (!RunFolder::is_run(options.output)) {
    fail("{}: holds no run to go on with; leave --resume out to start one", options.output);
  }
  const auto run = RunFolder::open(options.output);
  const auto config = run.config();
  if (run.model_kind() != options.kind.name()) {
    fail("{}: is a run of {}, not of {}; choose another folder", options.output, run.model_kind(), options.kind.name());
  }
  if (!config.contains("training") || !config.contains("data")) {
    fail("{}: was not trained here (it has no section training), so there is nothing to go on with", options.output);
  }
  Json sections = Json::object();
  for (const auto* name : {"model", "training"}) sections[name] = config.at(name);
  sections["data"] = Json::object();
  const auto data_fields = fields_of(options.data);
  const auto& data = config.at("data");
  for (const auto& field : data_fields.list()) {
    if (data.contains(field.name())) sections["data"][field.name()] = data.at(field.name());
  }
  const auto tokenizer = config.value("tokenizer", Json::object());
  if (tokenizer.contains("options")) sections["tokenizer"] = tokenizer.at("options");
  auto sitting = config.value("sitting", Json::object());
  sitting.erase("max_minutes");
  sitting.erase("max_steps");
  sections["training"].update(sitting);
  options.read_config(sections, run.config_file().string());
}

void check_same_options(const Json& started_with, const Json& given) {
  const auto different = first_difference(started_with, given, "");
  if (!different) return;
  fail_usage("{}: the run was started with {}, now {} is given; --resume goes on with what it was started with",
             different->path, different->before.dump(), different->now.dump());
}

}  // namespace zoo
