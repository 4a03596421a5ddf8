// The front: finds the program of a command beside itself and becomes it, as git does. Without LibTorch, so that
// help and what needs no model answer at once.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/process.h"
#include "base/version.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

struct Command {
  std::string name, purpose;
};
struct Group {
  std::string title;
  std::vector<Command> commands;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> list = {
      {"Text",
       {{"data", "known datasets: list them, get one; join the phrases of a text"},
        {"tokenizer", "train a tokenizer; encode and decode with it"}}},
      {"Models",
       {{"train", "train a model on text: zoo train MODEL --input FILE… --output DIR"},
        {"launch", "train in several processes: zoo launch --processes N -- train MODEL …"},
        {"compare", "train a ladder of models on one corpus, print a table, write a report"},
        {"evaluate", "perplexity, cloze, sentences, similarity, analogy, senses, tags, translation"},
        {"info", "what a run holds"},
        {"generate", "go on with a text"},
        {"translate", "translate text line by line"},
        {"attention", "what attention does with a sentence, step by step or as a page"}}},
      {"Word vectors",
       {{"nearest", "neighbours of words, also in their sentence; words for a gap; analogies, odd one out"},
        {"embed", "write the vectors of a text's words, each in its sentence"},
        {"export", "write a model's vectors or n-grams for other programs"},
        {"import", "make a run of other programs' vectors or n-grams"}}},
      {"Results", {{"report", "make a comparison's page anew"}, {"bench", "measure speed"}}},
  };
  return list;
}

/// The programs beside this one: "train", "bench-tokenizer", …
std::vector<std::string> programs(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("zoo-") && ::access(entry.path().c_str(), X_OK) == 0) names.push_back(name.substr(4));
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool serves(const std::vector<std::string>& programs, const std::string& command) {
  return std::any_of(programs.begin(), programs.end(), [&](const std::string& program) {
    return program == command || program.starts_with(command + "-");
  });
}

std::string overview(const std::vector<std::string>& programs) {
  std::string text =
      "zoo: a model zoo for the road from n-grams to Transformers\n\n"
      "Usage: zoo COMMAND [options]\n";
  std::vector<std::string> known;
  for (const auto& group : groups()) {
    std::string lines;
    for (const auto& [name, purpose] : group.commands) {
      known.push_back(name);
      if (serves(programs, name)) lines += fmt::format("  {:<12} {}\n", name, purpose);
    }
    if (!lines.empty()) text += "\n" + group.title + ":\n" + lines;
  }
  std::string others;
  for (const auto& program : programs) {
    const bool listed = std::any_of(known.begin(), known.end(), [&](const std::string& name) {
      return program == name || program.starts_with(name + "-");
    });
    if (!listed) others += fmt::format("  {}\n", program);
  }
  if (!others.empty()) text += "\nOthers:\n" + others;
  return text +
         "\nzoo COMMAND --help (or zoo help COMMAND) shows its options and an example; zoo --version the version.\n";
}

/// The program for the words of a command: zoo-train-nnlm for "train nnlm" if there is one, else zoo-train.
/// `used` says how many words its name took.
std::string program_for(const std::vector<std::string>& words, const std::vector<std::string>& programs,
                        std::size_t& used) {
  const auto have = [&](const std::string& name) {
    return std::find(programs.begin(), programs.end(), name) != programs.end();
  };
  used = 2;
  if (words.size() > 1 && have(words[0] + "-" + words[1])) return words[0] + "-" + words[1];
  used = 1;
  if (have(words[0])) return words[0];
  std::vector<std::string> seconds, commands;
  for (const auto& program : programs) {
    if (program.starts_with(words[0] + "-")) seconds.push_back(program.substr(words[0].size() + 1));
    commands.push_back(program.substr(0, program.find('-')));
  }
  if (!seconds.empty()) {
    fail_usage("zoo {}: {}; choose one of {}", words[0],
               words.size() > 1 ? fmt::format("'{}' is not known", words[1]) : "something is missing",
               fmt::join(seconds, ", "));
  }
  const auto near = nearest_spelling(words[0], commands);
  fail_usage("'{}' is no command{}; zoo --help lists them", words[0],
             near ? fmt::format("; did you mean '{}'?", *near) : "");
}

int body(int argc, char** argv) {
  const auto folder = executable_folder();
  const auto available = programs(folder);
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool help = !words.empty() && (words[0] == "help" || words[0] == "--help" || words[0] == "-h");
  if (help) {
    words.erase(words.begin());
    if (!words.empty()) words.emplace_back("--help");
  }
  if (words.empty()) {
    fmt::print("{}", overview(available));
    return 0;
  }
  if (words[0] == "--version" || words[0] == "version") {
    fmt::print("zoo {}\n", kVersion);
    return 0;
  }
  if (words[0].starts_with("-")) fail_usage("{}: no such option; zoo --help lists the commands", words[0]);
  std::size_t used = 0;
  const auto program = "zoo-" + program_for(words, available, used);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
  become_sister(program, std::move(words));
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
