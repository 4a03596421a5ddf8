// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/elmo/elmo.h"
#include "models/elmo/export.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct ExportElmoOptions {
  std::string model, format = "elmo-hdf5", output;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder of an ELMo that reads letters");
    f("format", format, "the layout of the public ELMo models").choices({"elmo-hdf5"});
    f("output", output, "the folder to write options.json, weights.hdf5 and vocabulary.txt into");
    f("json", json, "print what was written as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ExportElmoOptions options;
  CommandLine line({"zoo export --format elmo-hdf5", "Writes an ELMo in the public format for other programs.",
                    "zoo export --model runs/elmo --format elmo-hdf5 --output elmo/"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of an ELMo");
  if (options.output.empty()) fail_usage("--output: give the folder to write into");
  const auto status = status_of(options.output);
  if (exists(status) && !is_directory(status)) fail_usage("--output {}: is a file; give a folder", options.output);
  const auto saved = load_run(options.model, model_table());
  if (saved.kind->name() != elmo::kind().name()) {
    fail("{} ({}): --format elmo-hdf5 is for runs of zoo train elmo", options.model, saved.kind->name());
  }
  Json result = {{"format", options.format}, {"files", Json::array()}};
  for (const auto& file : elmo::export_elmo(*saved.model, *saved.tokenizer, options.output)) {
    result["files"].push_back(file.string());
  }
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!options.quiet) {
    for (const auto& file : result["files"]) fmt::print("{}\n", file.get<std::string>());
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
