// torch
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/freed_memory.h"
#include "base/log.h"
#include "evaluation/translation_judge.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "training/model_list.h"
#include "training/process_group.h"
#include "training/process_place.h"
#include "training/share_run.h"
#include "training/train_run.h"

namespace zoo {
namespace {

struct Output {
  bool json = false, quiet = false;
  void fields(Fields& field) {
    field("json", json, "print the outcome as JSON, and nothing else, on standard output");
    field("quiet", quiet, "no progress and no notes");
  }
};

struct Place {
  RunOptions& run;
  void fields(Fields& field) {
    field("tokenizer", run.tokenizer_folder, "a tokenizer's folder; without it, one is trained on the training text");
    field("output", run.output, "the run's folder");
    field("config", run.config_file, "a JSON file with sections model, training, tokenizer, data");
    field("resume", run.resume, "go on with the run in --output; options given again must be the same");
  }
};

int list_kinds() {
  std::puts("zoo train NAME: trains a model on text. NAME is one of\n");
  for (const auto* kind : model_table()) {
    std::puts(fmt::format("  {:<12} {}", kind->name(), kind->title()).c_str());
  }
  std::puts("\nExample:\n  zoo train nnlm --input corpus.txt --output runs/nnlm\nSee zoo train NAME --help.");
  return 0;
}

/// zoo-train --list --json: what each model is and can do, for programs without LibTorch.
int list_for_programs(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[2]) != "--json") fail_usage("--list: goes with --json and nothing else");
  std::puts(list_models(model_table()).dump(2).c_str());
  return 0;
}

int train(int argc, char** argv) {
  keep_freed_memory(false);  // the text is counted and encoded first: no step takes what that frees
  const std::string_view name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h") return list_kinds();
  if (name == "--list") return list_for_programs(argc, argv);
  const auto& kind = find_kind(name, model_table());
  RunOptions run(kind);
  Output output;
  Place place{run};
  const auto command = fmt::format("zoo train {}", name);
  CommandLine line({command, fmt::format("trains a {}", kind.title()),
                    fmt::format("{} --input corpus.txt --output runs/{}", command, name)});
  Fields model_fields;
  run.model->fields(model_fields);
  line.add("Data", fields_of(run.data));
  line.add("Run", fields_of(place));
  line.add("Model", std::move(model_fields));
  line.add("Training", fields_of(run.training));
  line.add("This sitting", fields_of(run.sitting));
  line.add("Training a tokenizer", fields_of(run.tokenizer));
  line.add("Output", fields_of(output));
  if (line.parse(argc - 1, argv + 1)) return 0;
  line.apply();
  if (run.sitting.device != "cpu") refuse_several_processes("a model by --device " + run.sitting.device);
  const auto group = join_process_group(run.sitting.process_timeout);
  set_quiet(output.quiet || !leads(group.get()));
  Json started_with;
  const bool takes_from_run = run.resume && leads(group.get());
  if (takes_from_run) {
    if (run.output.empty()) fail_usage("--resume: name the run by --output DIR");
    take_options_of_run(run);
    started_with = run.kept();
  }
  const auto read_file = [&] {
    if (!run.config_file.empty()) run.read_config(read_json(run.config_file), run.config_file);
    line.apply();  // flags go before the file
  };
  read_file();
  if (!run.resume && !run.data.init_from.empty() && leads(group.get())) {
    take_model_of_start(run);
    read_file();  // and both before the run that training starts from
  }
  if (takes_from_run) check_same_options(started_with, run.kept());
  if (group != nullptr) share_options(run, *group);
  if (group == nullptr) use_device(run.sitting.device);  // several are refused one

  const auto make_judge = [](const auto& metric, const TrainingData& data, const auto& tokenizer) {
    return Judge{metric, translation_judge(metric, *data.valid_source, *data.valid, tokenizer)};
  };
  const auto result = train_run(run, make_judge, group.get());
  if (!leads(group.get())) return 0;
  if (output.json) {
    std::puts(result.to_json(run).dump(2).c_str());
  } else {
    log_info(fmt::format("{}: {}", run.output, result.summary()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::train); }
