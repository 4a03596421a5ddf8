// torch
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/model_table.h"
#include "models/ngram/arpa.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct ExportArpaOptions {
  std::string model, format = "arpa", output;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder of an n-gram model");
    f("format", format, "n-grams with probabilities and back-off weights, for SRILM, KenLM and others")
        .choices({"arpa"});
    f("output", output, "the file to write");
    f("json", json, "print what was written as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ExportArpaOptions options;
  CommandLine line({"zoo export --format arpa", "Writes an n-gram model in back-off form for other programs.",
                    "zoo export --model runs/ngram --format arpa --output model.arpa"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of an n-gram model");
  if (options.output.empty()) fail_usage("--output: give the file to write");
  const std::filesystem::path output = options.output;
  if (is_directory(status_of(output))) fail_usage("--output {}: is a folder; give a file", options.output);
  const auto saved = load_run(options.model, model_table());
  auto* model = dynamic_cast<ngram::Ngram*>(saved.model.get());
  if (model == nullptr) {
    fail("{} ({}): has no n-grams; --format arpa is for runs of zoo train ngram", options.model, saved.kind->name());
  }
  if (output.has_parent_path()) make_folder(output.parent_path());
  const auto counts = ngram::write_arpa(*model, *saved.tokenizer, output);
  const Json result = {{"format", "arpa"}, {"files", Json::array({options.output})}, {"ngrams", counts}};
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!options.quiet) {
    fmt::print("{}\n", options.output);
    log_info(fmt::format("n-grams of 1 … {} words: {}", counts.size(), fmt::join(counts, ", ")));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
