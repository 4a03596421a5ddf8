#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/command_line.h"
#include "base/log.h"
#include "report/comparison.h"
#include "report/summary.h"

namespace zoo {
namespace {

struct Output {
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("json", json, "print report.json instead of the table");
    f("quiet", quiet, "no progress and no notes");
  }
};

std::string typed(int argc, char** argv) {
  std::string command = "zoo compare";
  for (int i = 1; i < argc; ++i) command += fmt::format(" {}", argv[i]);
  return command;
}

int compare(int argc, char** argv) {
  ComparisonOptions options;
  Output output;
  CommandLine line({"zoo compare", "trains the models on the same text and compares them in one table and one page",
                    "zoo compare\n  zoo compare --input corpus.txt --models ngram,nnlm --minutes 5 --output "
                    "runs/mine\n  zoo compare --minutes 90 --seeds 3"});
  line.add("Options", fields_of(options));
  line.add("Output", fields_of(output));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(output.quiet);
  const auto report = compare_models(options, typed(argc, argv));
  if (output.json) {
    fmt::print("{}\n", report.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{}\n", headline_table(report).text());
    for (const auto& name : rung_names(report)) {
      const auto& row = report["models"][name];
      fmt::print("{}: {}\n", row["title"].get<std::string>(), row["gained"].get<std::string>());
      fmt::print("  ended: {}\n", row.value("ended", ""));
    }
    for (const auto& item : report["left_out"]) {
      fmt::print("left out: {}: {}\n", item["what"].get<std::string>(), item["why"].get<std::string>());
    }
    fmt::print("\nwrote {0}/report.html, {0}/report.md and {0}/report.json\n", options.output);
  }
  // A model that could not be trained is in the page's "left out"; a comparison of none is none.
  return report["models"].empty() ? 1 : 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::compare); }
