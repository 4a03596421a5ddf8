// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/abilities.h"
#include "evaluation/in_context.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

// What `zoo nearest` becomes when it is asked for a word in its sentence: the rest of that command needs no LibTorch.

namespace zoo {
namespace {

constexpr std::int64_t kShownAround = 12;  ///< words on each side that a line of the terminal shows

struct InContextOptions {
  std::string model, in_context, split = "auto", layer = "average", mix, words, device = "cpu";
  std::vector<std::string> input;
  std::int64_t top = 10, occurrences = 20000, threads = 0;
  bool same_word = false, json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a model that gives words vectors of their sentence");
    f("in_context", in_context, "a sentence with the word in stars: \"the *play* was long\"");
    f("input", input, "the text to look in; default: what the run was validated on");
    f("split", split, "which documents of the text; auto: all, but of the run's own training text valid")
        .choices({"auto", "all", "train", "valid", "test"});
    f("same_word", same_word, "only occurrences of the same word, to see its meanings apart");
    f("layer", layer, "average, a layer by number or name (zoo info), or mix, with the weights that a run learned");
    f("mix", mix, "--layer mix: the run that learned the weights, a tagger on this model's vectors");
    f("static", words,
      "word vectors whose neighbours of the word stand beside: a run or a file; default: the model's own, if it has "
      "any");
    f("top", top, "how many neighbours").range(1, 100'000);
    f("occurrences", occurrences, "how many words of the text are looked at, from its beginning").range(1, 1e12);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// The text that was asked for, else the run's own: its validation text, or that part of its training text.
TextReader text_of(const InContextOptions& options, const Json& config) {
  if (!options.input.empty()) return TextReader(options.input, part_named(options.split));
  const auto data = config.value("data", Json::object());
  const auto files = [&](const char* key) {
    const auto found = data.find(key);
    return found != data.end() && found->is_array() ? found->get<std::vector<std::string>>()
                                                    : std::vector<std::string>();
  };
  if (const auto valid = files("valid"); !valid.empty()) return TextReader(valid, part_named(options.split));
  const auto input = files("input");
  if (input.empty()) fail_usage("--input: give a text to look in; this run does not name the one it was trained on");
  return TextReader(input, options.split == "auto" ? Part::valid : part_named(options.split));
}

/// The neighbours that the word has whatever stands around it: {"vectors", "neighbours"}; null where there are none.
Json static_neighbours(const InContextOptions& options, const Json& config, const std::string& word) {
  const auto from = !options.words.empty() ? options.words : config.contains("word_vectors") ? options.model : "";
  if (from.empty()) return nullptr;
  const NeighbourSearch search(open_vectors(from));
  Json list = Json::array();
  if (const auto vector = search.look_up(word)) {
    const RowQuery queries[] = {search.near(*vector)};
    const auto found = search.scan(queries, options.top, static_cast<int>(options.threads));
    for (const auto& neighbour : found[0]) {
      list.push_back({{"cosine", neighbour.score}, {"word", search.table().word(neighbour.row)}});
    }
  }
  return {{"vectors", from}, {"neighbours", list}};
}

int nearest(int argc, char** argv) {
  InContextOptions options;
  CommandLine line({"zoo nearest --in-context",
                    "The occurrences of words whose vectors are nearest to that of a word in its sentence.",
                    "zoo nearest --model runs/elmo --in-context 'the *play* was long' --same-word"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder");
  if (options.in_context.empty()) fail_usage("--in-context: give a sentence with one word in stars");
  if (options.layer == "all") fail_usage("--layer all: one vector a word is compared; give average, mix or one layer");
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  const auto name = fmt::format("{} ({})", options.model, saved.kind->name());
  if (!can(*saved.model, Ability::context_vectors)) fail_without(Ability::context_vectors, name, model_table());
  const SentenceVectors vectors(*saved.model, name, model_table());
  const LayerChoice layer(options.layer, vectors, *saved.model, parts_with_mix(options.mix));
  const auto query = starred(*saved.tokenizer, options.in_context);
  const auto& sentence = query.sentence;
  if (sentence.pieces[static_cast<std::size_t>(sentence.begin(query.position))] == kUnknown) {
    log_warning(fmt::format("'{}' is not in the run's vocabulary; a model that reads no letters takes it for any such",
                            sentence.words[static_cast<std::size_t>(query.position)]));
  }
  const auto found =
      nearest_in_context(vectors, layer, *saved.tokenizer, query, text_of(options, saved.config),
                         {.top = options.top, .same_word = options.same_word, .occurrences = options.occurrences});
  Json result = {{"model", options.model},
                 {"query", sentence.marked(query.position)},
                 {"layer", layer.name()},
                 {"looked_at", found.looked_at},
                 {"neighbours", Json::array()}};
  for (const auto& [cosine, occurrence] : found.neighbours) {
    const auto& [text, position] = occurrence;
    result["neighbours"].push_back({{"cosine", cosine},
                                    {"word", text.words[static_cast<std::size_t>(position)]},
                                    {"sentence", text.marked(position)}});
  }
  result["static"] = static_neighbours(options, saved.config, sentence.words[static_cast<std::size_t>(query.position)]);
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return 0;
  }
  fmt::print("{}   (layer: {}; {} occurrences looked at)\n", sentence.marked(query.position), layer.name(),
             found.looked_at);
  for (const auto& [cosine, occurrence] : found.neighbours) {
    const auto cut = cut_around(occurrence.sentence, occurrence.position, kShownAround);
    const auto end = occurrence.position - cut.position + cut.sentence.size();
    fmt::print("  {:6.4f}  {}{}{}\n", cosine, cut.position < occurrence.position ? "… " : "",
               cut.sentence.marked(cut.position), end < occurrence.sentence.size() ? " …" : "");
  }
  if (found.neighbours.empty()) fmt::print("  none: the text does not have it\n");
  if (result["static"].is_null()) return 0;
  fmt::print("whatever its sentence, by the word vectors of {}\n", result["static"]["vectors"].get<std::string>());
  for (const auto& one : result["static"]["neighbours"]) {
    fmt::print("  {:6.4f}  {}\n", one["cosine"].get<double>(), one["word"].get<std::string>());
  }
  if (result["static"]["neighbours"].empty()) fmt::print("  none: they lack the word\n");
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::nearest); }
