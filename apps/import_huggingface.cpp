// torch
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "formats/safetensors.h"
#include "models/runtime.h"
#include "models/transformer/huggingface.h"

namespace zoo {
namespace {

struct ImportHuggingFaceOptions {
  std::string format = "huggingface", input, output;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("format", format, "a Transformer as Hugging Face's transformers saves it").choices({"huggingface"});
    f("input", input, "the folder with config.json, model.safetensors and the tokenizer's files");
    f("output", output, "the folder of the new run");
    f("json", json, "print the new run's facts as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int body(int argc, char** argv) {
  ImportHuggingFaceOptions options;
  CommandLine line({"zoo import --format huggingface",
                    "Makes a run folder of a Transformer that another program trained: GPT-2, Llama, BERT or Marian.",
                    "zoo import --format huggingface downloads/gpt2 --output runs/gpt2"});
  line.add("Options", fields_of(options));
  std::vector<std::string> place;
  line.add_positional("DIR", place, "the same as --input");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  if (place.size() > 1 || (!place.empty() && !options.input.empty())) fail_usage("--input: give one folder");
  if (!place.empty()) options.input = place[0];
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.input.empty()) fail_usage("--input: give the folder with config.json and model.safetensors");
  if (options.output.empty()) fail_usage("--output: give a folder for the new run");
  const auto run = transformer::import_huggingface(options.input, options.output);
  const auto config = run.config();
  double parameters = 0;
  const SafetensorsFile weights(run.weights_file());
  for (const auto& tensor : weights.tensors()) parameters += static_cast<double>(tensor.elements());
  const Json result = {{"run", run.path().string()},
                       {"model_type", config.at("data").at("model_type")},
                       {"architecture", config.at("model").at("architecture")},
                       {"tokens", run.tokenizer()->size()},
                       {"parameters", static_cast<std::int64_t>(parameters)}};
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    log_info(fmt::format("{}: a {} of {} parameters, {} tokens", run.path().string(),
                         result["model_type"].get<std::string>(), parameters, result["tokens"].dump()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
