// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/abilities.h"
#include "evaluation/missing_word.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

// What `zoo nearest` becomes when it is asked for a missing word.

namespace zoo {
namespace {

struct MissingOptions {
  std::string model, missing, device = "cpu";
  std::int64_t top = 10, threads = 0;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a model that predicts words");
    f("missing", missing, "a sentence with a gap: \"the ___ was long\"");
    f("top", top, "how many words").range(1, 100'000);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int missing(int argc, char** argv) {
  MissingOptions options;
  CommandLine line(
      {"zoo nearest --missing",
       "The likeliest words for a gap, from both sides and, where the model has two directions, from each.",
       "zoo nearest --model runs/elmo --missing 'He went to see the ___ .'"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder");
  if (options.missing.empty()) fail_usage("--missing: give a sentence with a gap: \"the ___ was long\"");
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  const auto name = fmt::format("{} ({})", options.model, saved.kind->name());
  if (!can(*saved.model, Ability::cloze)) fail_without(Ability::cloze, name, model_table());
  const auto gap = gap_in(*saved.tokenizer, options.missing);
  Json result = {{"model", options.model}, {"missing", options.missing}};
  result.update(missing_word(*saved.model, *saved.tokenizer, gap, options.top));
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return 0;
  }
  for (const auto& [key, title] :
       {std::pair("candidates", result["left_only"].get<bool>() ? "what stands before it" : "from both sides"),
        std::pair("from_left", "from the left"), std::pair("from_right", "from the right")}) {
    if (!result.contains(key)) continue;
    fmt::print("{}\n", title);
    for (const auto& one : result[key]) {
      fmt::print("  {:6.4f}  {}\n", one["share"].get<double>(), one["word"].get<std::string>());
    }
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::missing); }
