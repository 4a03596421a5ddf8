// torch
#include <fmt/format.h>

#include <cstdio>
#include <sstream>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/abilities.h"
#include "evaluation/mixture.h"
#include "evaluation/sampling.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct Options {
  std::string model, mix, prompt, prompt_ids;
  GenerateOptions generate;
  double weight = 0.5;
  std::int64_t seed = 1, threads = 0;
  std::string precision = "fp32", device = "cpu";
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a model that gives the next word");
    f("mix", mix, "a run of the same tokenizer, whose probabilities are mixed in");
    f("weight", weight, "of the model of --mix").range(0, 1);
    f("prompt", prompt, "the text to go on with; a line end in it is one; without it, a text begins");
    f("prompt_ids", prompt_ids, "token ids instead, as they are: \"5 17\"; the run needs no tokenizer then");
    f("max_new_tokens", generate.max_new_tokens, "how many tokens to make").range(0, 1e9);
    f("lines", generate.lines, "stop after so many ends of lines; 0: go on").range(0, 1e9);
    generate.sampling.fields(f);
    f("no_repeat", generate.no_repeat, "make no so many tokens in a row that stand in the text already; 0: they may")
        .range(0, 1 << 10);
    f("seed", seed, "of the draws").range(0, 9e15);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    precision_field(f, precision);
    f("json", json, "print ids (the prompt's included) and text as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

std::vector<TokenId> parse_ids(const std::string& text, std::int64_t vocabulary) {
  std::vector<TokenId> ids;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    char* end = nullptr;
    const auto id = std::strtoll(word.c_str(), &end, 10);
    if (*end != '\0') fail_usage("--prompt-ids: '{}' is no number; give ids with spaces between", word);
    if (id < 0 || id >= vocabulary) {
      fail_usage("--prompt-ids: {} is outside the vocabulary, 0 … {}", id, vocabulary - 1);
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  if (ids.empty()) fail_usage("--prompt-ids: holds no id; give at least one");
  return ids;
}

/// Line by line, with the token that ends a line between them.
std::vector<TokenId> encode(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<TokenId> ids;
  std::istringstream lines(text);
  bool first = true;
  for (std::string line; std::getline(lines, line); first = false) {
    if (!first) ids.push_back(kEnd);
    tokenizer.encode(line, ids);
  }
  if (!text.empty() && text.back() == '\n') ids.push_back(kEnd);
  return ids;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  std::string text;
  std::vector<TokenId> line;
  for (const auto id : ids) {
    if (id != kEnd) {
      line.push_back(id);
      continue;
    }
    text += tokenizer.decode(line) + "\n";
    line.clear();
  }
  return text + tokenizer.decode(line);
}

const NextWord& next_word_of(const SavedModel& saved, const std::string& folder) {
  if (auto* model = saved.model->next_word()) return *model;
  fail_without(Ability::next_word, fmt::format("{} ({})", folder, saved.kind->name()), model_table());
}

int generate_text(int argc, char** argv) {
  Options options;
  CommandLine line({"zoo generate", "Goes on with a text, word by word, as a model expects it.",
                    "zoo generate --model runs/transformer --prompt 'The jury said' --max-new-tokens 50 --top-k 40"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of a model that gives the next word");
  if (options.mix.empty() && line.given("weight")) fail_usage("--weight: is for a mixture; give --mix DIR too");
  const bool by_ids = line.given("prompt_ids");
  if (by_ids && line.given("prompt")) fail_usage("--prompt-ids: not together with --prompt");
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table(), by_ids ? NeedTokenizer::no : NeedTokenizer::yes);
  // In float32 the first word would only wait for the weights to be packed.
  if (options.precision != "fp32") prepare(saved, options.precision);
  const NextWord* model = &next_word_of(saved, options.model);
  std::optional<SavedModel> other;
  std::optional<Mixture> mixture;
  if (!options.mix.empty()) {
    other = load_run(options.mix, model_table());
    if (!saved.tokenizer || saved.tokenizer->fingerprint() != other->tokenizer->fingerprint()) {
      fail("--mix {}: reads text by another tokenizer than {}; only models of one vocabulary can be mixed", options.mix,
           options.model);
    }
    model = &mixture.emplace(*model, next_word_of(*other, options.mix), options.weight);
  }
  auto& generating = options.generate;
  generating.seed = static_cast<std::uint64_t>(options.seed);
  std::vector<TokenId> prompt, read;
  if (by_ids) {
    prompt = read = parse_ids(options.prompt_ids, saved.vocabulary);
  } else {
    prompt = encode(*saved.tokenizer, options.prompt);
    read = {kEnd};  // what stands before a text
    read.insert(read.end(), prompt.begin(), prompt.end());
    generating.excluded = {kPad, kUnknown, kBegin, kMask};  // what cannot be written down
  }
  auto ids = prompt;
  const auto made = generate(*model, read, generating);
  ids.insert(ids.end(), made.begin(), made.end());
  const auto text = saved.tokenizer ? Json(decode(*saved.tokenizer, ids)) : Json();
  if (options.json) {
    const Json result = {{"ids", ids}, {"prompt_tokens", prompt.size()}, {"new_tokens", made.size()}, {"text", text}};
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (text.is_string()) {
    fmt::print("{}\n", text.get<std::string>());
  } else {
    fmt::print("{}\n", fmt::join(ids, " "));
  }
  if (interrupted()) throw Interrupted("interrupted; what there was is printed");
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::generate_text); }
