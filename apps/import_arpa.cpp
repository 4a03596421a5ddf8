// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/ngram/arpa.h"
#include "models/runtime.h"

namespace zoo {
namespace {

struct ImportArpaOptions {
  std::string format = "arpa", input, tokenizer, output;
  bool line_ends = true, json = false, quiet = false;
  void fields(Fields& f) {
    f("format", format, "an n-gram model in back-off form").choices({"arpa"});
    f("input", input, "the ARPA file");
    f("tokenizer", tokenizer, "a tokenizer's folder, or a run's, whose pieces the file's words are; none: by spaces");
    f("line_ends", line_ends, "whether the line ends of a text are tokens to be scored");
    f("output", output, "the folder of the new run");
    f("json", json, "print the new run's facts as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ImportArpaOptions options;
  CommandLine line({"zoo import --format arpa", "Makes a run folder of an n-gram model that another program trained.",
                    "zoo import --format arpa --input model.arpa --output runs/arpa"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.input.empty()) fail_usage("--input: give the ARPA file");
  if (options.output.empty()) fail_usage("--output: give a folder for the new run");
  const auto run = ngram::import_arpa({options.input, options.tokenizer, options.line_ends}, options.output);
  const Json result = {{"run", run.path().string()},
                       {"words", run.tokenizer()->size() - kSpecialTokens},
                       {"order", run.config().at("model").at("order")}};
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    log_info(fmt::format("{}: {} words, n-grams of up to {}", run.path().string(), result["words"].dump(),
                         result["order"].dump()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
