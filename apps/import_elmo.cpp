// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "models/elmo/import.h"

namespace zoo {
namespace {

struct ImportElmoOptions {
  std::string format = "elmo-hdf5", input, vocabulary, output;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("format", format, "the layout of the public ELMo models").choices({"elmo-hdf5"});
    f("input", input, "a folder with *options.json and *weights.hdf5");
    f("vocabulary", vocabulary, "a text with a word a line: whose vectors the run holds; others are read by letters");
    f("output", output, "the folder of the new run");
    f("json", json, "print the new run's facts as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ImportElmoOptions options;
  CommandLine line({"zoo import --format elmo-hdf5", "Makes a run folder of an ELMo in the public format.",
                    "zoo import --format elmo-hdf5 --input elmo/ --vocabulary words.txt --output runs/elmo"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.input.empty()) fail_usage("--input: give a folder with *options.json and *weights.hdf5");
  if (options.output.empty()) fail_usage("--output: give a folder for the new run");
  const auto run = elmo::import_elmo(elmo::find_public_files(options.input), options.vocabulary, options.output);
  const auto model = run.config().at("model");
  const Json result = {{"run", run.path().string()},
                       {"words", run.tokenizer()->size() - kSpecialTokens},
                       {"projection", model.at("projection")},
                       {"cell", model.at("cell")},
                       {"layers", model.at("layers")}};
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
  } else {
    log_info(fmt::format("{}: {} LSTM layers of {} cells, {} words", run.path().string(), model.at("layers").dump(),
                         model.at("cell").dump(), result["words"].dump()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
