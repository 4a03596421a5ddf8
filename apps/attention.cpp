// torch
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/abilities.h"
#include "evaluation/attention_steps.h"
#include "evaluation/beam_search.h"
#include "evaluation/translate.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "report/attention_page.h"

namespace zoo {
namespace {

struct AttentionOptions {
  std::string model, explain, text, output, attention, word, device = "cpu";
  std::int64_t layer = 1, head = 1, numbers = 6, threads = 0;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a model with attention");
    f("explain", explain, "a sentence: every step of one head's attention over it, in numbers");
    f("text", text, "a sentence: all weights of every layer and head, as a page or with --json");
    f("output", output, "of --text: the page to write, an HTML file that loads nothing");
    f("attention", attention,
      "encoder, decoder or cross (the translation looks at its source); default: the first that the model has, for "
      "--text all of them");
    f("layer", layer, "which block, the lowest is 1").range(1, 1 << 20);
    f("head", head, "which head, counted from 1").range(1, 1 << 20);
    f("word", word, "whose query is followed: a word of the sentence, or its number counted from 1; default: the last");
    f("numbers", numbers, "how many numbers of each vector are shown").range(1, 1 << 20);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    f("json", json, "print all numbers as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// A text as tokens for the eye, and which of them stand for its begin, its end or nothing.
struct Tokens {
  std::vector<std::string> words;
  std::vector<bool> special;
};

/// What the model reads, and its tokens: those of its input, and of the translation's.
struct Read {
  Batch batch;
  Tokens own, other;
};

Tokens tokens_of(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  Tokens tokens;
  for (const auto id : ids) {
    tokens.words.emplace_back(tokenizer.piece(id));
    tokens.special.push_back(id == kPad || id == kBegin || id == kEnd);
  }
  return tokens;
}

/// More weights than this make a page that no browser opens in a moment.
constexpr double kMostWeights = 16e6;

/// The sentence as the model saw sentences in training: behind a line end for a decoder, before one for an encoder,
/// which may read a mark of the begin too; for a translation its own best one stands on the other side.
Read read_sentence(const SavedModel& saved, const std::string& sentence, const char* option) {
  auto* translation = saved.model->translation();
  const auto& tokenizer = translation != nullptr ? *saved.source_tokenizer : *saved.tokenizer;
  auto ids = tokenizer.encode(sentence);
  if (ids.empty()) fail_usage("{}: the sentence has no words", option);
  if (saved.model->next_word() != nullptr) {
    ids.insert(ids.begin(), kEnd);
  } else {
    if (saved.model->options().value("marks", "end") == "begin") ids.insert(ids.begin(), kBegin);
    ids.push_back(kEnd);
  }
  Read read;
  read.own = tokens_of(tokenizer, ids);
  std::tie(read.batch.input, read.batch.lengths) = padded({ids});  // [1, T], [1]
  if (translation != nullptr) {
    auto found = beam_search(*translation, read.batch.input, read.batch.lengths, {});
    std::vector<TokenId> words = {kBegin};
    if (!found[0].empty()) words.insert(words.end(), found[0][0].words.begin(), found[0][0].words.end());
    read.other = tokens_of(*saved.tokenizer, words);
    read.batch.other_input = padded({words}).first;  // [1, S]
  }
  return read;
}

std::int64_t number_of_word(const std::string& word, const std::vector<std::string>& words) {
  if (word.empty()) return std::ssize(words) - 1;
  for (auto i = words.size(); i-- > 0;) {
    if (words[i] == word) return static_cast<std::int64_t>(i);
  }
  char* end = nullptr;
  const auto number = std::strtoll(word.c_str(), &end, 10);
  if (*end != '\0' || number < 1 || number > std::ssize(words)) {
    fail_usage("--word {}: is none of the {} words that look: {}", word, words.size(), fmt::join(words, " "));
  }
  return number - 1;
}

/// A translation's decoder and cross-attention look from its words.
const Tokens& looking(const Read& read, std::string_view kind) {
  return !read.other.words.empty() && kind != "encoder" ? read.other : read.own;
}
const Tokens& looked_at(const Read& read, std::string_view kind) {
  return !read.other.words.empty() && kind == "decoder" ? read.other : read.own;
}

/// [H, T, S] as JSON, four digits; null where a word may not look.
Json weights_of(const AttentionTrace& trace) {
  const auto weights =
      attention_by_matrices(trace.query, trace.key, trace.value, trace.allowed).weights[0];  // [H, T, S]
  const auto everything = torch::ones({1, 1, 1, 1}, torch::kBool);
  const auto allowed = (trace.allowed.defined() ? trace.allowed : everything)
                           .expand({trace.query.size(0), 1, weights.size(1), weights.size(2)})[0][0]
                           .contiguous();  // [T, S]
  const auto numbers = weights.to(torch::kDouble).contiguous();
  const auto* number = numbers.data_ptr<double>();
  Json heads = Json::array();
  for (std::int64_t h = 0; h < weights.size(0); ++h) {
    Json rows = Json::array();
    const auto* may = allowed.data_ptr<bool>();
    for (std::int64_t i = 0; i < weights.size(1); ++i) {
      Json row = Json::array();
      for (std::int64_t j = 0; j < weights.size(2); ++j, ++number) {
        row.push_back(*may++ ? Json(std::round(1e4 * *number) / 1e4) : Json());
      }
      rows.push_back(std::move(row));
    }
    heads.push_back(std::move(rows));
  }
  return heads;
}

/// Every layer and head, for a page or as JSON.
int show_all(const AttentionOptions& options, const AttentionMaps& maps, const Read& read,
             const std::vector<std::string>& kinds) {
  Json result = {{"model", options.model}, {"text", options.text}, {"attentions", Json::array()}};
  double weights = 0;
  for (const auto& kind : kinds) {
    const auto traces = maps.attention_traces(read.batch, kind);
    for (const auto& trace : traces) {
      weights += static_cast<double>(trace.query.size(1) * trace.query.size(2) * trace.key.size(2));
    }
    if (weights > kMostWeights) {
      fail("--text: {} words make {:.0f} weights, too many to show; give a shorter text", read.own.words.size(),
           weights);
    }
    Json layers = Json::array();
    for (const auto& trace : traces) layers.push_back(weights_of(trace));
    const auto &queries = looking(read, kind), &keys = looked_at(read, kind);
    result["attentions"].push_back({{"name", kind},
                                    {"queries", queries.words},
                                    {"keys", keys.words},
                                    {"query_special", queries.special},
                                    {"key_special", keys.special},
                                    {"query_words", word_numbers(queries.words, queries.special)},
                                    {"key_words", word_numbers(keys.words, keys.special)},
                                    {"layers", std::move(layers)}});
  }
  if (!options.output.empty()) {
    write_file_atomically(options.output, attention_page(result));
    log_info(fmt::format("wrote {}", options.output));
  }
  if (options.json) fmt::print("{}\n", result.dump(-1, ' ', false, Json::error_handler_t::replace));
  return 0;
}

int explain(const AttentionOptions& options, const AttentionMaps& maps, const Read& read, const std::string& kind) {
  const auto traces = maps.attention_traces(read.batch, kind);
  const auto layers = std::ssize(traces), heads = traces[0].query.size(1);
  if (options.layer > layers) fail_usage("--layer {}: the model has {}", options.layer, layers);
  if (options.head > heads) fail_usage("--head {}: the model has {}", options.head, heads);
  const auto& queries = looking(read, kind).words;
  const auto steps = attention_steps(traces[static_cast<std::size_t>(options.layer - 1)], 0, options.head - 1, queries,
                                     looked_at(read, kind).words);
  if (options.json) {
    Json result = {{"attention", kind}, {"layer", options.layer}, {"head", options.head}};
    result.update(steps.to_json());
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return 0;
  }
  fmt::print(
      "{}, block {} of {}, head {} of {}\n\n{}\nAll words at once: softmax(QKᵀ/√d), a row for each that looks\n\n{}",
      kind, options.layer, layers, options.head, heads,
      steps.text(number_of_word(options.word, queries), options.numbers), steps.weights_text());
  return 0;
}

void check(const AttentionOptions& options) {
  if (options.model.empty()) fail_usage("--model: give a run folder of a model with attention");
  if (options.explain.empty() == options.text.empty()) {
    fail_usage("--explain or --text: give a sentence with one of the two");
  }
  if (options.explain.empty() && options.output.empty() && !options.json) {
    fail_usage("--output: name the page to write, or give --json");
  }
  if (options.text.empty() && !options.output.empty()) fail_usage("--output: goes with --text");
}

int attention(int argc, char** argv) {
  AttentionOptions options;
  CommandLine line({"zoo attention", "Shows what a trained model's attention does with a sentence.",
                    "zoo attention --model runs/transformer --explain 'the play was long' --layer 2 --head 1\n"
                    "  zoo attention --model runs/transformer --text 'the play was long' --output attention.html"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  check(options);
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  auto* maps = saved.model->attention_maps();
  if (maps == nullptr) {
    fail_without(Ability::attention_maps, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  auto kinds = maps->attentions();
  if (!options.attention.empty()) {
    if (std::find(kinds.begin(), kinds.end(), options.attention) == kinds.end()) {
      fail_usage("--attention {}: the model has {}", options.attention, fmt::join(kinds, ", "));
    }
    kinds = {options.attention};
  }
  if (options.text.empty()) {
    return explain(options, *maps, read_sentence(saved, options.explain, "--explain"), kinds.front());
  }
  return show_all(options, *maps, read_sentence(saved, options.text, "--text"), kinds);
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::attention); }
