#include <fmt/format.h>

#include <filesystem>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "report/echarts.h"
#include "report/page.h"
#include "report/summary.h"

namespace zoo {
namespace {

struct ReportOptions {
  std::string input = "runs/compare/report.json";
  std::string output;
  bool plain = false;
  bool quiet = false;
  void fields(Fields& f) {
    f("input", input, "the numbers: report.json as zoo compare writes it");
    f("output", output, "the page to write; default: report.html beside the input");
    f("plain", plain, "leave the chart library out: a small page with plain charts");
    f("quiet", quiet, "print nothing but errors");
  }
};

int body(int argc, char** argv) {
  ReportOptions options;
  CommandLine line({"zoo report", "Makes the page and its table anew from a comparison's numbers.",
                    "zoo report --input docs/results/smoke.json --output smoke.html"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  const auto report = read_json(options.input);
  if (!report.is_object() || !report.contains("models") || !report["models"].is_object()) {
    fail("{}: no comparison's numbers (\"models\" is missing); zoo compare writes them", options.input);
  }
  auto output = std::filesystem::path(options.output);
  if (output.empty()) output = std::filesystem::path(options.input).parent_path() / "report.html";
  write_file_atomically(output, report_page(report, options.plain ? "" : echarts_source()));
  log_info(fmt::format("wrote {}", output.string()));
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
