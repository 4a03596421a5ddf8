// torch
#include <cstdio>

#include "apps/train_tagger/train_share.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "models/runtime.h"
#include "training/process_place.h"
#include "training/train_run.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

int train(int argc, char** argv) {
  TaggerRunOptions options;
  CommandLine line(
      {"zoo train tagger", "trains a part-of-speech tagger on another model's vectors",
       "zoo train tagger --input ~/.cache/langzoo/brown/brown.tagged.txt --vectors random --output "
       "runs/tagger\n  zoo train tagger --input brown.tagged.txt --vectors runs/elmo --layer mix --share "
       "0.01,0.1,1 --test --output runs/tagger-elmo\n  zoo train tagger --input brown.tagged.txt --vectors runs/elmo "
       "--lstm 128 --fine-tune --output runs/tagger-tuned"});
  const auto group = [&](const std::string& title, void (TaggerRunOptions::*list)(Fields&)) {
    Fields fields;
    (options.*list)(fields);
    line.add(title, std::move(fields));
  };
  group("Data", &TaggerRunOptions::data_fields);
  group("Vectors", &TaggerRunOptions::vector_fields);
  group("Model", &TaggerRunOptions::model_fields);
  group("Training", &TaggerRunOptions::training_fields);
  group("Run", &TaggerRunOptions::run_fields);
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  refuse_several_processes("tagger");
  if (options.output.empty()) fail_usage("--output: give a folder for the run, for example --output runs/tagger");
  if (options.resume) {
    const auto run = RunFolder::open(options.output);
    take_options_of(run, options);
    const auto started_with = kept(options, options.shares[0]);
    line.apply();
    if (options.shares.size() != 1) fail_usage("--resume: goes on with one share; name that share's folder");
    check_same_options(started_with, kept(options, options.shares[0]));
    if (run.finished()) {
      log_info(fmt::format("{}: already finished; nothing to do", options.output));
      if (options.json) {
        auto outcome = run.config().at("outcome");
        outcome["output"] = options.output;
        std::puts(outcome.dump(2).c_str());
      }
      return 0;
    }
  }
  if (options.input.empty()) fail_usage("--input: give a text whose words carry tags (zoo data get brown makes one)");
  if (options.vectors.empty()) fail_usage("--vectors: give a run folder, a file of word vectors, or random");
  if (options.shares.empty()) fail_usage("--share: give at least one");
  if (options.mix_output && options.lstm == 0) {
    fail_usage("--mix-output: the second mix stands beside an LSTM's output; give its cells by --lstm");
  }
  if (options.fine_tune && options.shares.size() > 1) {
    fail_usage("--fine-tune: trains the vectors with one share; give each --share a run of its own");
  }
  const bool several = options.shares.size() > 1;
  std::vector<fs::path> folders;
  for (const auto& share : options.shares) {
    share_of(share);
    folders.push_back(several ? fs::path(options.output) / fmt::format("share-{}", share) : fs::path(options.output));
    if (!options.replace && !options.resume && RunFolder::is_run(folders.back())) {
      fail("{}: holds a run already; choose another folder, or --replace it", folders.back().string());
    }
  }
  use_device(options.sitting.device);
  const auto threads = use_threads(options.sitting.threads);
  const auto material = material_of(options);
  Json result = {{"vectors", material.source->facts()},         {"layers", material.source->layers()},
                 {"in_context", material.source->in_context()}, {"width", material.of_train->width()},
                 {"tags", material.train.names.size()},         {"shares", Json::array()}};
  for (std::size_t i = 0; i < folders.size(); ++i) {
    result["shares"].push_back(train_share(options, options.shares[i], folders[i], material, threads));
  }
  if (options.json) std::puts(result.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::train); }
