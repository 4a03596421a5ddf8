// torch
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "apps/bench/sample_text.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/print_result.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "runs/run_folder.h"
#include "training/train_run.h"

namespace zoo {
namespace {

struct BenchOptions {
  std::string config_file;
  std::int64_t vocabulary = 16384, warmup_steps = 3, steps = 100, threads = 0;
  double seconds = 20;
  std::string device = "cpu";
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("config", config_file, "a JSON file with sections model, training, tokenizer, data, as for zoo train");
    f("vocabulary", vocabulary, "words of the text that is made up where none is given").range(2, 1 << 22);
    f("warmup_steps", warmup_steps, "steps that do not count").range(0, 1e6);
    f("steps", steps, "steps that count, at most").range(1, 1e9);
    f("seconds", seconds, "stop after so many, warm-up included").range(0.1, 1e6);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device, "where it is trained");
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

bool translates(const RunOptions& run) {
  Fields fields;
  run.model->fields(fields);
  const auto options = fields.to_json();
  const auto translators = run.kind.translators();
  return std::any_of(translators.begin(), translators.end(), [&](const Variant& variant) {
    return std::all_of(variant.options.items().begin(), variant.options.items().end(),
                       [&](const auto& option) { return options.value(option.key(), Json()) == option.value(); });
  });
}

/// What the options would make, with a vocabulary that costs nothing: to ask it what it is.
bool trains_by_gradient(const RunOptions& run) {
  auto vocabulary = sample_vocabulary(64);
  if (translates(run)) vocabulary.source_size = 64;
  return run.kind.create(*run.model, vocabulary)->differentiable() != nullptr;
}

/// A text of random words for a run that names none; for a translation two of as many lines each.
void make_up_text(RunOptions& run, const BenchOptions& options, const std::filesystem::path& folder) {
  if (!run.data.input.empty() || run.data.two_languages()) return;
  const auto train = (folder / "train.txt").string(), valid = (folder / "valid.txt").string();
  write_sample_text(train, {.vocabulary = options.vocabulary - kSpecialTokens});
  write_sample_text(valid, {.vocabulary = std::min<std::int64_t>(500, options.vocabulary), .words = 500});
  if (run.tokenizer_folder.empty()) {
    run.tokenizer.type = "word";
    run.tokenizer.vocabulary_size = options.vocabulary;
    run.tokenizer.min_count = 1;
  }
  if (translates(run)) {
    run.data.source = run.data.target = {train};
    run.data.valid_source = run.data.valid_target = {valid};
  } else {
    run.data.input = {train};
    run.data.valid = {valid};
  }
}

/// Tokens and seconds of the steps after the warm-up, from the lines of metrics.jsonl, one for each step.
Json speed_of(const RunFolder& folder, const BenchOptions& options) {
  double tokens = 0, seconds = 0, before = 0;
  std::vector<double> step_seconds;
  for (const auto& line : MetricsLog::read(folder.metrics_file())) {
    if (!line.contains("tokens_per_second")) continue;
    const auto count = line.at("tokens").get<double>() - before;
    before = line.at("tokens").get<double>();
    if (line.at("step").get<std::int64_t>() <= options.warmup_steps || count == 0) continue;
    tokens += count;
    step_seconds.push_back(count / line.at("tokens_per_second").get<double>());
    seconds += step_seconds.back();
  }
  if (step_seconds.empty()) {
    fail_usage("--seconds {}: not one step after the warm-up of {}; give more", options.seconds, options.warmup_steps);
  }
  std::nth_element(step_seconds.begin(), step_seconds.begin() + static_cast<std::ptrdiff_t>(step_seconds.size() / 2),
                   step_seconds.end());
  return {{"tokens_per_second", tokens / seconds},
          {"tokens_per_step", tokens / static_cast<double>(step_seconds.size())},
          {"steps", step_seconds.size()},
          {"seconds", seconds},
          {"median_step_seconds", step_seconds[step_seconds.size() / 2]}};
}

int bench(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h") {
    std::puts(
        "zoo bench NAME: how fast a model trains, and with how much memory. NAME is a model that is trained by "
        "gradient\n(zoo train lists them), or word2vec, translation, tokenizer, lstm, parallelism, nearest or "
        "products, "
        "which\nhave options of their own.\n\n"
        "Example:\n  zoo bench transformer --config models/transformer/configs/small.json --json\n"
        "See zoo bench NAME --help.");
    return 0;
  }
  const auto& kind = find_kind(name, model_table());
  RunOptions run(kind);
  BenchOptions options;
  const auto command = fmt::format("zoo bench {}", name);
  CommandLine line({command, "how fast it trains, validation and checkpoints not counted, and with how much memory",
                    fmt::format("{} --config models/{}/configs/small.json", command, name)});
  Fields model_fields;
  run.model->fields(model_fields);
  line.add("Options", fields_of(options));
  line.add("Data", fields_of(run.data));
  line.add("Model", std::move(model_fields));
  line.add("Training", fields_of(run.training));
  if (line.parse(argc - 1, argv + 1)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  if (!options.config_file.empty()) run.read_config(read_json(options.config_file), options.config_file);
  line.apply();  // flags go before the file
  if (!trains_by_gradient(run)) {
    fail_usage("{}: {} is not trained by gradient; zoo bench word2vec measures Word2Vec's own training", command, name);
  }

  const TemporaryFolder folder;
  make_up_text(run, options, folder.path());
  run.output = (folder.path() / "run").string();
  run.training.epochs = 1e4;  // only steps and seconds end it
  run.training.patience = 0;
  run.sitting = {.max_minutes = options.seconds / 60,
                 .max_steps = options.warmup_steps + options.steps,
                 .threads = options.threads,
                 .checkpoint_minutes = 0,
                 .log_every = 1,
                 .device = options.device};
  use_device(options.device);
  const auto trained = train_run(run);
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);

  Json result = {{"model", name},
                 {"parameters", trained.parameters},
                 {"batch_size", run.training.batch_size},
                 {"precision", run.training.precision},
                 {"threads", use_threads(options.threads)},
                 {"device", options.device}};
  result.update(speed_of(RunFolder::open(run.output), options));
  result["peak_memory_bytes"] = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  print_result(result, options.json);
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::bench); }
