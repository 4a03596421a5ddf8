// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/embed.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct EmbedOptions {
  std::string model, input, output, mix;
  std::string tokens = "raw", layer = "average", pool = "none", keys = "lines", state = "reset", device = "cpu";
  std::int64_t batch_size = 0, threads = 0;
  bool unit = false, json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder");
    f("input", input, "a text, a sentence a line; .gz, and - for standard input, too");
    f("tokens", tokens, "raw: words as the run's tokenizer cuts them; pretokenised: words stand between spaces")
        .choices({"raw", "pretokenised"});
    f("layer", layer,
      "all, average, a layer by number or name (zoo info), or mix, with the weights that a run learned");
    f("mix", mix, "--layer mix: the run that learned the weights, a tagger on this model's vectors");
    f("pool", pool,
      "none: a vector a word; mean: one a line, the mean of the last layer's over all that the model reads, marks of a "
      "line's begin and end included")
        .choices({"none", "mean"});
    f("unit", unit, "with --pool mean: scaled to length 1");
    f("keys", keys, "HDF5: datasets are named by their line's number from 0, or by the line itself, each line once")
        .choices({"lines", "sentences"});
    f("state", state,
      "reset: each line by itself; carried: a line goes on from the one before; warm: carried, behind a first reading "
      "of the first batch")
        .choices({"reset", "warm", "carried"});
    f("batch_size", batch_size,
      "lines read together, those of about the same length where each is by itself; with a carried state line i + N "
      "goes on from line i (0: 32, or 1 with --state carried)")
        .range(0, 1 << 16);
    f("output", output, "X.npy (and X.lengths.npy), X.hdf5 or X.jsonl");
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    f("json", json, "print what was written as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

int embed_text(int argc, char** argv) {
  EmbedOptions options;
  CommandLine line({"zoo embed", "Writes the vectors that a model gives to the words of a text, each in its sentence.",
                    "zoo embed --model runs/elmo --input text.txt --layer all --output vectors.hdf5\n"
                    "  zoo embed --model runs/elmo --input text.txt --output vectors.npy\n"
                    "  zoo embed --model runs/elmo --input text.txt --layer mix --mix runs/tagger --output mixed.hdf5\n"
                    "  zoo embed --model runs/minilm --input lines.txt --pool mean --unit --output lines.npy"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder");
  if (options.input.empty()) fail_usage("--input: give a text, a sentence a line");
  if (options.output.empty()) fail_usage("--output: give a file that ends in .npy, .hdf5 or .jsonl");
  const bool mean = options.pool == "mean";
  if (mean && (line.given("layer") || line.given("state"))) {
    fail_usage("--pool mean: takes the last layer of each line by itself; leave --layer and --state out");
  }
  if (options.unit && !mean) fail_usage("--unit: goes with --pool mean");
  const bool by_sentence = options.keys == "sentences";
  if (by_sentence && options.state != "reset") {
    fail_usage("--keys sentences: with --state {} equal lines have different vectors; use --keys lines", options.state);
  }
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  const SentenceVectors vectors(*saved.model, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  const LayerChoice layer(options.layer, vectors, *saved.model, parts_with_mix(options.mix));
  EmbedSettings settings;
  settings.pretokenised = options.tokens == "pretokenised";
  settings.state = options.state == "reset"  ? CarriedState::reset
                   : options.state == "warm" ? CarriedState::warm
                                             : CarriedState::carried;
  settings.batch_size = options.batch_size > 0 ? options.batch_size : options.state == "carried" ? 1 : 32;
  settings.mean = mean;
  settings.unit = options.unit;
  const auto names =
      mean ? std::vector<std::string>{"mean of " + vectors.layers().back()} : std::vector<std::string>{layer.name()};
  const EmbedShape shape{layer.all() ? vectors.layers() : names, layer.all(), vectors.width(), by_sentence};
  const auto output = make_embed_output(options.output, shape);
  Json result = {{"output", options.output}, {"layers", shape.layers}, {"width", shape.width}};
  result.update(embed(vectors, *saved.tokenizer, layer, options.input, settings, *output));
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    log_info(fmt::format("{}: {} words of {} lines, {} × {} numbers for each {}", options.output,
                         result["words"].dump(), result["lines"].dump(), shape.layers.size(), shape.width,
                         mean ? "line" : "word"));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::embed_text); }
