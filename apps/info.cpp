#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "runs/describe_run.h"

namespace zoo {
namespace {

struct InfoOptions {
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("json", json, "print all of it as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// "name value" pairs on lines of about a hundred characters below a title.
void print_part(const char* title, const Json& part) {
  if (!part.is_object() || part.empty()) return;
  std::string line = fmt::format("{:<11}", title);
  std::size_t width = line.size();
  for (const auto& [name, value] : part.items()) {
    const auto item = fmt::format("{} {}", name, text_of(value));
    if (width > 11 && width + item.size() > 108) {
      line += fmt::format("\n{:<11}", "");
      width = 11;
    }
    line += (width > 11 ? "  " : "") + item;
    width += item.size() + 2;
  }
  fmt::print("{}\n", line);
}

void print(const Json& run) {
  fmt::print("{}\n", text_of(run["path"]));
  print_part("model", run["model"]);
  fmt::print("{:<11}{} in {} tensors\n", "parameters", short_number(run["parameters"].get<double>()),
             run["tensors"].size());
  for (const auto& tensor : run["tensors"]) {
    fmt::print("{:<11}  {} {} {}\n", "", text_of(tensor["name"]), text_of(tensor["dtype"]), text_of(tensor["shape"]));
  }
  for (const char* part : {"tokenizer", "data", "training", "made_by", "outcome"}) print_part(part, run[part]);
  if (run["metrics"].is_object()) {
    print_part("best", run["metrics"]["best"]);
    print_part("last", run["metrics"]["last"]);
  }
  if (!run["latest_state"].is_null()) fmt::print("{:<11}step {}\n", "state", text_of(run["latest_state"]));
  Json sizes;
  for (const auto& [name, bytes] : run["bytes"].items()) sizes[name] = bytes_text(bytes.get<double>());
  print_part("sizes", sizes);
}

int body(int argc, char** argv) {
  InfoOptions options;
  std::vector<std::string> folders;
  CommandLine line(
      {"zoo info", "What a run holds: model, tokenizer, data, training, best metrics, sizes.", "zoo info runs/nnlm"});
  line.add("Options", fields_of(options));
  line.add_positional("DIR", folders, "a run folder");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (folders.size() != 1) fail_usage("zoo info takes one run folder, not {}; see zoo info --help", folders.size());
  const auto description = describe_run(RunFolder::open(folders[0]));
  if (options.json) {
    fmt::print("{}\n", description.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print(description);
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
