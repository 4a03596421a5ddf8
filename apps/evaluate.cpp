// torch
#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/splits.h"
#include "evaluation/abilities.h"
#include "evaluation/analogy.h"
#include "evaluation/cloze.h"
#include "evaluation/perplexity.h"
#include "evaluation/similarity.h"
#include "evaluation/tags.h"
#include "evaluation/translation_scores.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

struct EvaluateOptions {
  std::string model, task, vectors, split = "all";
  std::vector<std::string> input, reference;
  std::int64_t restrict_to = 30'000, samples = 2000, seed = 1, batch_size = 32, shown = 5, threads = 0;
  SearchOptions search;
  bool lowercase = false;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder; for similarity and analogy a file of word vectors too");
    f("task", task,
      "perplexity, cloze (missing word), similarity (word pairs against people's scores), analogy (a : b = c : ?), "
      "tags (a tagger's), translation (BLEU)")
        .choices({"perplexity", "cloze", "similarity", "analogy", "tags", "translation"});
    f("input", input,
      "perplexity, cloze, tags: text files or folders; similarity, analogy: test files; translation: the text to "
      "translate, a sentence a line");
    f("reference", reference, "translation: what the input should become, line by line");
    f("split", split, "perplexity, cloze, tags: which documents of the text")
        .choices({"all", "train", "valid", "test"});
    f("restrict", restrict_to, "analogy: only the so many most frequent words (0: all)").range(0, 1e12);
    f("samples", samples, "cloze: how many missing words to ask for").range(1, 1e9);
    f("seed", seed, "cloze: draws the places").range(0, 9e15);
    f("vectors", vectors, "tags: the vectors that the tagger was trained on, if they lie elsewhere now");
    f("lowercase", lowercase, "translation: BLEU of lower-cased text");
    f("batch_size", batch_size, "translation: sentences at a time").range(1, 1 << 16);
    f("shown", shown, "translation: how many sentences are shown beside their references").range(0, 1e9);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

Part part_of(const std::string& name) {
  for (const Part part : {Part::train, Part::valid, Part::test}) {
    if (part_name(part) == name) return part;
  }
  return Part::all;
}

/// Perplexity and cloze: a run's model reads a text through its own tokenizer.
Json evaluate_on_text(const EvaluateOptions& options) {
  if (!RunFolder::is_run(options.model)) {
    fail("--model {}: is not a run folder; {} needs a trained model", options.model, options.task);
  }
  const SavedModel saved = load_run(options.model, model_table());
  const Ability ability = options.task == "cloze" ? Ability::cloze : Ability::next_word;
  const std::string name = fmt::format("{} ({})", options.model, saved.kind->name());
  if (!can(*saved.model, ability)) fail_without(ability, name, model_table());
  CorpusOptions corpus_options;
  corpus_options.line_ends = saved.config.value(Json::json_pointer("/data/line_ends"), true);  // as it was trained
  const Corpus corpus = open_corpus(options.input, part_of(options.split), *saved.tokenizer, corpus_options);
  check_tokenizer(corpus, *saved.tokenizer, name);
  Json result = {{"task", options.task},
                 {"model", options.model},
                 {"kind", saved.kind->name()},
                 {"input", options.input},
                 {"split", options.split}};
  if (ability == Ability::next_word) {
    result.update(perplexity(*saved.model->next_word(), corpus).to_json());
    return result;
  }
  ClozeOptions cloze_options;
  cloze_options.samples = options.samples;
  cloze_options.seed = static_cast<std::uint64_t>(options.seed);
  result.update(cloze(*saved.model->cloze(), corpus, cloze_options).to_json());
  result["samples"] = options.samples;
  result["seed"] = options.seed;
  return result;
}

/// Tags: a tagger's run on a text whose words carry tags.
Json evaluate_on_tags(const EvaluateOptions& options) {
  Json result = {{"task", options.task}, {"model", options.model}, {"input", options.input}, {"split", options.split}};
  result.update(evaluate_tags(
      {.model = options.model, .input = options.input, .part = part_of(options.split), .vectors = options.vectors},
      model_table()));
  return result;
}

Json evaluate_translation(const EvaluateOptions& options) {
  if (!RunFolder::is_run(options.model)) {
    fail("--model {}: is not a run folder; translation needs a trained model", options.model);
  }
  const auto test = read_translation_test(options.input, options.reference);
  const SavedModel saved = load_run(options.model, model_table());
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  Progress progress("translating", static_cast<double>(test.sources.size()), "sentences");
  const auto scores = translation_scores(*model, *saved.source_tokenizer, *saved.tokenizer, test, options.search,
                                         {.lowercase = options.lowercase}, options.batch_size,
                                         [&](std::int64_t done) { progress.update(static_cast<double>(done)); });
  hide_progress();
  if (scores.cut > 0) {
    log_warning(
        fmt::format("--input: {} sentences are longer than the {} tokens that the model reads; their rest was "
                    "left out",
                    scores.cut, model->longest_source()));
  }
  Json result = {{"task", options.task},         {"model", options.model},         {"kind", saved.kind->name()},
                 {"input", options.input},       {"reference", options.reference}, {"beam", options.search.beam},
                 {"alpha", options.search.alpha}};
  result.update(scores.to_json(test, options.shown));
  return result;
}

/// Similarity and analogy: word vectors, wherever they come from. Several files stand under "files".
Json evaluate_vectors(const EvaluateOptions& options) {
  if (RunFolder::is_run(options.model)) {
    const RunFolder run = RunFolder::open(options.model);
    if (!run.config().contains("word_vectors")) {
      fail_without(Ability::word_vectors, fmt::format("{} ({})", options.model, run.model_kind()), model_table());
    }
  }
  const NeighbourSearch words(open_vectors(options.model));
  Json result = {{"task", options.task}, {"model", options.model}, {"input", options.input}};
  for (const std::string& file : options.input) {
    Json answer = options.task == "similarity" ? similarity(words, read_word_pairs(file)).to_json()
                                               : analogies(words, read_analogies(file), options.restrict_to).to_json();
    if (options.input.size() == 1) {
      result.update(answer);
    } else {
      result["files"][file] = std::move(answer);
    }
  }
  return result;
}

std::string text_of(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.4f}", value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "-" : value.dump();
}

/// Name and value a line; nested results are indented; a row of numbers (an analogy section) stands on one line.
void print(const Json& result, const std::string& indent = "") {
  for (const auto& [key, value] : result.items()) {
    if (key == "samples" && value.is_array()) {
      for (const auto& sample : value) {
        fmt::print("\n{}\n", indent + "source       " + text_of(sample["source"]));
        fmt::print("{}\n", indent + "reference    " + text_of(sample["reference"]));
        fmt::print("{}\n", indent + "translation  " + text_of(sample["translation"]));
      }
    } else if (!value.is_object()) {
      fmt::print("{}{:<22} {}\n", indent, key, text_of(value));
    } else if (value.contains("accuracy_on_seen")) {
      fmt::print("{}{:<30} {:>7} right of {:>5} seen of {:>5}   on seen {:>6}   on all {:>6}\n", indent, key,
                 text_of(value["right"]), text_of(value["seen"]), text_of(value["questions"]),
                 text_of(value["accuracy_on_seen"]), text_of(value["accuracy_on_all"]));
    } else {
      fmt::print("{}{}\n", indent, key);
      print(value, indent + "  ");
    }
  }
}

int body(int argc, char** argv) {
  EvaluateOptions options;
  CommandLine line({"zoo evaluate",
                    "Measures a trained model: perplexity, missing words, word similarity, analogies, tags, "
                    "translation.",
                    "zoo evaluate --model runs/nnlm --task perplexity --input corpus.txt --split test\n"
                    "  zoo evaluate --model vectors.bin --task analogy --input questions-words.txt\n"
                    "  zoo evaluate --model runs/english-french --task translation --input test.en --reference "
                    "test.fr"});
  line.add("Options", fields_of(options));
  line.add("Searching for translations", fields_of(options.search));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder or a file of word vectors");
  if (options.task.empty()) fail_usage("--task: give perplexity, cloze, similarity, analogy, tags or translation");
  if (options.input.empty()) fail_usage("--input: give the {}", options.task == "perplexity" ? "text" : "test file");
  const bool translates = options.task == "translation";
  if (translates && options.reference.empty()) {
    fail_usage("--reference: give what the input should become, line by line");
  }
  if (!translates && !options.reference.empty()) fail_usage("--reference: is for --task translation alone");
  use_threads(options.threads);
  try {
    const bool on_text = options.task == "perplexity" || options.task == "cloze";
    const Json result = translates               ? evaluate_translation(options)
                        : options.task == "tags" ? evaluate_on_tags(options)
                        : on_text                ? evaluate_on_text(options)
                                                 : evaluate_vectors(options);
    if (options.json) {
      fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
      print(result);
    }
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    fail("LibTorch: {}", text.substr(0, text.find('\n')));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
