// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "models/transformer/huggingface.h"

namespace zoo {
namespace {

struct ExportHuggingFaceOptions {
  std::string model, format = "huggingface", output;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder of a Transformer");
    f("format", format, "a Transformer for Hugging Face's transformers").choices({"huggingface"});
    f("output", output, "the folder to write");
    f("json", json, "print what was written as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ExportHuggingFaceOptions options;
  CommandLine line({"zoo export --format huggingface",
                    "Writes a Transformer as a folder that Hugging Face's transformers loads: as GPT-2, Llama, BERT or "
                    "Marian, whichever its options make it.",
                    "zoo export --model runs/gpt2 --format huggingface --output exported/gpt2"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of a Transformer");
  if (options.output.empty()) fail_usage("--output: give the folder to write");
  const auto saved = load_run(options.model, model_table());
  Json result = {{"format", "huggingface"}};
  result.update(transformer::export_huggingface(saved, options.output));
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!options.quiet) {
    for (const auto& file : result["files"]) fmt::print("{}\n", file.get<std::string>());
    log_info(fmt::format("{}: as {}", options.output, result["model_type"].get<std::string>()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
