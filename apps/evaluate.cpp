// torch
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/evaluate/tasks.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "models/device.h"
#include "models/runtime.h"

namespace zoo {
namespace {

std::string text_of(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.4f}", value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "-" : value.dump();
}

/// A row of a table of senses: of one lemma on one line, of all a line for each rule.
void print_senses(const std::string& row, const Json& rules) {
  if (!rules["nearest"].is_object()) {
    fmt::print("{:<42} nearest {:>6}   centroid {:>6}\n", row, text_of(rules["nearest"]), text_of(rules["centroid"]));
    return;
  }
  for (const auto& [rule, shares] : rules.items()) {
    fmt::print("{:<42} {:<9} micro {:>6}   per sense {:>6}   per lemma {:>6}\n", row, rule, text_of(shares["micro"]),
               text_of(shares["per_sense"]), text_of(shares["per_lemma"]));
  }
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
    } else if (key == "sentences" && value.is_array()) {
      fmt::print("\n{}{:>12} {:>12}  {}\n", indent, "log p", "backward", "sentence");
      for (const auto& sentence : value) {
        const auto backward = sentence.value("backward", Json::object());
        fmt::print("{}{:>12} {:>12}  {}\n", indent, text_of(sentence["log_probability"]),
                   text_of(backward.value("log_probability", Json())), text_of(sentence["text"]));
      }
    } else if (value.is_object() && value.contains("centroid")) {
      print_senses(indent + key, value);
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
  CommandLine line(
      {"zoo evaluate", "Measures a trained model, by one of the tasks below.",
       "zoo evaluate --model runs/nnlm --task perplexity --input corpus.txt --split test\n"
       "  zoo evaluate --model runs/nnlm --mix runs/ngram --task perplexity --input test.txt\n"
       "  zoo evaluate --model vectors.bin --task analogy --input questions-words.txt --method 3cosmul\n"
       "  zoo evaluate --model runs/elmo --task senses --input test.tsv --train train.tsv --vectors runs/sg\n"
       "  zoo evaluate --model runs/elmo --task sentences --input sentences.txt\n"
       "  zoo evaluate --model runs/en-fr --task translation --input test.en --reference test.fr"});
  line.add("Options", fields_of(options));
  line.add("Searching for translations", fields_of(options.search));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.model.empty()) fail_usage("--model: give a run folder or a file of word vectors");
  const auto& tasks = evaluation_tasks();
  const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const auto& one) { return one.name == options.task; });
  if (task == tasks.end()) {
    std::vector<std::string_view> names;
    for (const auto& one : tasks) names.push_back(one.name);
    fail_usage("--task: give one of {}", fmt::join(names, ", "));
  }
  if (options.input.empty()) fail_usage("--input: give the text or the test file to measure {} on", options.task);
  if (task->name != "translation" && !options.reference.empty()) {
    fail_usage("--reference: is for --task translation alone");
  }
  if (task->name != "translation" && !options.against.empty()) {
    fail_usage("--against: is for --task translation alone");
  }
  if (task->name != "translation" && line.given("precision")) {
    fail_usage("--precision: is for --task translation alone");
  }
  if (task->name != "perplexity" && !options.mix.empty()) fail_usage("--mix: is for --task perplexity alone");
  for (const auto& [name, flag] :
       {std::pair("weight", "weight"), std::pair("mix_by", "mix-by"), std::pair("valid", "valid")}) {
    if (!options.mix.empty() || !line.given(name)) continue;
    fail_usage("--{}: is for a mixture; give the other model by --mix DIR", flag);
  }
  use_device(options.device);
  use_threads(options.threads);
  const Json result = task->evaluate(options);
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print(result);
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::body); }
