#include "report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/process.h"
#include "base/progress.h"
#include "report/compared_scores.h"
#include "report/compared_text.h"
#include "report/compared_training.h"
#include "report/echarts.h"
#include "report/page.h"
#include "report/study.h"
#include "report/summary.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

Json model_list() {
  const auto program = (executable_folder() / "zoo-train").string();
  const auto result = run_process({program, "--list", "--json"});
  if (result.exit_status != 0) fail("{} --list: exit status {}; build it anew", program, result.exit_status);
  return parse_json(result.output, program + " --list --json");
}

std::string value_in(const std::string& file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name, 0) != 0) continue;
    const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

/// Whether a model of the comparison has a variant that translates, which a study trains beside the rungs.
bool can_translate(const Json& models, const std::vector<Rung>& rungs) {
  return std::any_of(models.begin(), models.end(), [&](const Json& kind) {
    const auto is_kind = [&](const Rung& rung) { return rung.model == kind.value("kind", ""); };
    return !kind.value("translators", Json::array()).empty() && std::any_of(rungs.begin(), rungs.end(), is_kind);
  });
}

/// At most for a training that a study makes itself: as much as a rung has, and in a small comparison no more than
/// shows that it learns.
double study_share(double minutes, std::size_t trainings, const std::string& size) {
  const auto share = minutes / static_cast<double>(trainings + 1);
  return size == "small" ? std::min(share, 1.5) : share;
}

Json machine_facts() {
  const auto memory = value_in("/proc/meminfo", "MemTotal");
  return {{"processor", value_in("/proc/cpuinfo", "model name")},
          {"cores", available_threads()},
          {"memory", memory.empty() ? "" : bytes_text(std::stod(memory) * 1024)}};
}

}  // namespace

void ComparisonOptions::fields(Fields& f) {
  f("input", input, "the text: files, folders, .gz; without it the Brown corpus, fetched once");
  f("models", models, "which models, by their folders under models/; without it all").comma_separated();
  f("tokenizer", tokenizer,
    "a tokenizer's folder that all share (SentencePiece, say); without it the 16,384 most frequent words of the "
    "training part");
  f("minutes", minutes, "minutes for all trainings together; 90 trains each until it stops improving or its share ends")
      .range(0.001, 1e6);
  f("seeds", seeds, "trainings of each model; the table gives mean ± deviation").range(1, 100);
  f("output", output, "folder of the trainings and the report; what is finished there is reused");
  f("config", config, "models/NAME/configs/CONFIG.json is used; without it small, from 60 minutes on brown");
  f("device", device,
    "where models that are trained by gradient are trained (zoo train NAME --help); measured they are on the CPU")
      .choices({"cpu", "cuda"});
  f("plain", plain, "make the page without the chart library: small, with plain charts");
  f("words", words, "words whose neighbours are shown; without it some of the vocabulary").comma_separated();
}

Json compare_models(const ComparisonOptions& options, const std::string& command) {
  const auto start = std::chrono::steady_clock::now();
  const fs::path output = options.output;
  const auto models = model_list();
  const auto rungs = rungs_of(models, options.models);
  make_folder(output);
  const FileLock lock(output / ".lock");
  Json left_out = Json::array();
  const auto text = compared_text({options.input, options.tokenizer, options.words}, output, left_out);
  const auto size = !options.config.empty() ? options.config : options.minutes >= 60 ? "brown" : "small";
  const bool translates = can_translate(models, rungs);
  const auto study_minutes =
      translates ? study_share(options.minutes, rungs.size() * static_cast<std::size_t>(options.seeds), size) : 0;
  const auto trainings = run_trainings(rungs, text,
                                       {.minutes = options.minutes - study_minutes,
                                        .seeds = static_cast<int>(options.seeds),
                                        .size = size,
                                        .output = output,
                                        .device = options.device});
  KeptAnswers answers(output / "scores.json");
  const auto scored = score_models(trainings, text, answers, left_out);
  const auto studied = measure_studies({trainings, text, output, size, answers, left_out, study_minutes});
  const double minutes = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 60;
  Json report = {{"format_version", 1},
                 {"settings",
                  {{"command", command},
                   {"minutes", options.minutes},
                   {"seeds", options.seeds},
                   {"config", size},
                   {"minutes_of_this_call", std::round(minutes * 100) / 100}}},
                 {"text", text.facts},
                 {"machine", machine_facts()},
                 {"baselines", text.baselines},
                 {"models", scored},
                 {"studies", studied},
                 {"left_out", left_out}};
  for (auto& [name, row] : report["models"].items()) row["gained"] = rung_sentence(report, name);
  write_json(output / "report.json", report);
  write_file_atomically(output / "report.md", report_markdown(report));
  write_file_atomically(output / "report.html", report_page(report, options.plain ? "" : echarts_source()));
  return report;
}

}  // namespace zoo
