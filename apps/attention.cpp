// torch
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "evaluation/abilities.h"
#include "evaluation/attention_steps.h"
#include "evaluation/translate.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct AttentionOptions {
  std::string model, explain, attention, word;
  std::int64_t layer = 1, head = 1, numbers = 6, threads = 0;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a model with attention");
    f("explain", explain, "a sentence: every step of one head's attention over it, in numbers");
    f("attention", attention,
      "encoder, decoder or cross (the translation looks at its source); default: the first that the model has");
    f("layer", layer, "which block, the lowest is 1").range(1, 1 << 20);
    f("head", head, "which head, counted from 1").range(1, 1 << 20);
    f("word", word, "whose query is followed: a word of the sentence, or its number counted from 1; default: the last");
    f("numbers", numbers, "how many numbers of each vector are shown").range(1, 1 << 20);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("json", json, "print all numbers of all words as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// What the model reads, and its words for the eye: those of its input, and of the translation's.
struct Read {
  Batch batch;
  std::vector<std::string> words, other_words;
};

std::vector<std::string> pieces(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  std::vector<std::string> words;
  for (const auto id : ids) words.emplace_back(tokenizer.piece(id));
  return words;
}

/// The sentence as the model saw sentences in training: behind a line end for a decoder, before one for an encoder; for
/// a translation its own best one stands on the other side.
Read read_sentence(const SavedModel& saved, const std::string& sentence) {
  auto* translation = saved.model->translation();
  const auto& tokenizer = translation != nullptr ? *saved.source_tokenizer : *saved.tokenizer;
  auto ids = tokenizer.encode(sentence);
  if (ids.empty()) fail_usage("--explain: the sentence has no words");
  if (saved.model->next_word() != nullptr) {
    ids.insert(ids.begin(), kEnd);
  } else {
    ids.push_back(kEnd);
  }
  Read read;
  read.words = pieces(tokenizer, ids);
  std::tie(read.batch.input, read.batch.lengths) = padded({ids});  // [1, T], [1]
  if (translation != nullptr) {
    auto found = beam_search(*translation, read.batch.input, read.batch.lengths, {});
    std::vector<TokenId> words = {kBegin};
    if (!found[0].empty()) words.insert(words.end(), found[0][0].words.begin(), found[0][0].words.end());
    read.other_words = pieces(*saved.tokenizer, words);
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

int attention(int argc, char** argv) {
  AttentionOptions options;
  CommandLine line({"zoo attention", "Shows what a trained model's attention does with a sentence.",
                    "zoo attention --model runs/transformer --explain 'the play was long' --layer 2 --head 1"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of a model with attention");
  if (options.explain.empty()) fail_usage("--explain: give a sentence");
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  auto* maps = saved.model->attention_maps();
  if (maps == nullptr) {
    fail_without(Ability::attention_maps, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  const auto kinds = maps->attentions();
  const auto kind = options.attention.empty() ? kinds.front() : options.attention;
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    fail_usage("--attention {}: the model has {}", kind, fmt::join(kinds, ", "));
  }
  const auto read = read_sentence(saved, options.explain);
  const auto traces = maps->attention_traces(read.batch, kind);
  const auto layers = std::ssize(traces), heads = traces[0].query.size(1);
  if (options.layer > layers) fail_usage("--layer {}: the model has {}", options.layer, layers);
  if (options.head > heads) fail_usage("--head {}: the model has {}", options.head, heads);
  const bool translates = !read.other_words.empty();
  const auto& looking = translates && kind != "encoder" ? read.other_words : read.words;
  const auto& looked_at = translates && kind == "decoder" ? read.other_words : read.words;
  const auto steps =
      attention_steps(traces[static_cast<std::size_t>(options.layer - 1)], 0, options.head - 1, looking, looked_at);
  if (options.json) {
    Json result = {{"attention", kind}, {"layer", options.layer}, {"head", options.head}};
    result.update(steps.to_json());
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return 0;
  }
  fmt::print(
      "{}, block {} of {}, head {} of {}\n\n{}\nAll words at once: softmax(QKᵀ/√d), a row for each that looks\n\n{}",
      kind, options.layer, layers, options.head, heads,
      steps.text(number_of_word(options.word, looking), options.numbers), steps.weights_text());
  return 0;
}

int body(int argc, char** argv) {
  try {
    return attention(argc, argv);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    fail("LibTorch: {}", text.substr(0, text.find('\n')));
  }
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
