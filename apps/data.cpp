#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/command_line.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "data/catalog.h"

namespace {

struct Options {
  std::string from;
  bool json = false;
  bool quiet = false;
  void fields(zoo::Fields& f) {
    f("from", from, "take this package file, its inner file or a folder of its files instead of fetching");
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

zoo::Json description(const zoo::Dataset& dataset) {
  const auto folder = zoo::prepared_dataset(dataset);
  zoo::Json result;
  result["name"] = dataset.name;
  result["what"] = dataset.what;
  result["licence"] = dataset.licence;
  result["package"] = dataset.package.name;
  result["version"] = dataset.package.version;
  result["folder"] = folder ? zoo::Json(folder->string()) : zoo::Json();
  result["files"] = zoo::Json::array();
  for (const auto& file : dataset.files) result["files"].push_back(folder ? (*folder / file).string() : file);
  return result;
}

void print(const zoo::Json& dataset) {
  fmt::print("{}\n  {}\n  licence: {}\n", dataset["name"].get<std::string>(), dataset["what"].get<std::string>(),
             dataset["licence"].get<std::string>());
  if (dataset["folder"].is_null()) {
    fmt::print("  not here yet: zoo data get {}\n", dataset["name"].get<std::string>());
  } else {
    for (const auto& file : dataset["files"]) fmt::print("  {}\n", file.get<std::string>());
  }
}

int run(int argc, char** argv) {
  Options options;
  std::vector<std::string> words;
  zoo::CommandLine line({"zoo data",
                         "lists, fetches and prepares the known datasets; zoo data phrases joins words of a text",
                         "zoo data get brown\n  zoo data phrases --help"});
  line.add("Options", zoo::fields_of(options));
  line.add_positional("list | get NAME", words, "list them all, or get one");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  zoo::set_quiet(options.quiet);
  if (words == std::vector<std::string>{"list"}) {
    if (line.given("from")) zoo::fail_usage("--from goes with `zoo data get NAME`");
    auto all = zoo::Json::array();
    for (const auto& dataset : zoo::catalog()) all.push_back(description(dataset));
    if (options.json) fmt::print("{}\n", all.dump(2));
    for (const auto& dataset : all) {
      if (!options.json) print(dataset);
    }
    return 0;
  }
  if (words.size() != 2 || words[0] != "get") {
    zoo::fail_usage("\"{}\": zoo data takes `list`, `get NAME` or `phrases`; see zoo data --help",
                    fmt::join(words, " "));
  }
  const auto& dataset = zoo::find_dataset(words[1]);
  zoo::get_dataset(dataset, line.given("from") ? std::optional<std::filesystem::path>(options.from) : std::nullopt);
  const auto result = description(dataset);
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
  } else {
    print(result);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return zoo::run_command(argc, argv, run); }
