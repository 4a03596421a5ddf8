// torch
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/line_source.h"
#include "evaluation/abilities.h"
#include "evaluation/translate.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct TranslateOptions {
  std::string model;
  std::vector<std::string> input, prefix, target;
  SearchOptions search;
  std::int64_t batch_size = 32, threads = 0;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a translation model");
    f("input", input, "text to translate, a sentence a line: files, folders, .gz, - for standard input");
    f("prefix", prefix,
      "a text with what each line's translation must begin with, line by line; empty lines: anything");
    f("target", target, "a text with the translations, line by line: they are only scored, in nats");
    search.fields(f);
    f("batch_size", batch_size, "sentences at a time").range(1, 1 << 16);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("json", json, "print sources, translations and scores as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// The lines of --prefix or --target, as many at a time as there are lines to translate.
class GivenLines {
 public:
  GivenLines(const std::vector<std::string>& inputs, const std::vector<TextFile>& sources) : wanted_(!inputs.empty()) {
    if (!wanted_) return;
    names_ = {inputs[0], sources.empty() ? "" : sources[0].name};
    source_.emplace(expand_inputs(inputs));
  }
  std::vector<std::string> next(std::size_t count) {
    std::vector<std::string> lines;
    while (wanted_ && lines.size() < count) {
      if (at_ == waiting_.size()) {
        TextBlock block;
        if (!source_->next(block)) fail("{}: has fewer lines than {}; it must have one for each", names_[0], names_[1]);
        waiting_.clear();
        at_ = 0;
        for (const auto& one : block.lines) waiting_.emplace_back(block.line(one));
        continue;
      }
      lines.push_back(std::move(waiting_[at_++]));
    }
    return lines;
  }
  /// Throws Error if there is more.
  void check_end() {
    TextBlock block;
    if (wanted_ && (at_ < waiting_.size() || source_->next(block))) {
      fail("{}: has more lines than {}; it must have one for each", names_[0], names_[1]);
    }
  }

 private:
  bool wanted_;
  std::vector<std::string> names_, waiting_;
  std::size_t at_ = 0;
  std::optional<LineSource> source_;
};

Json json_of(const std::string& source, const TranslatedLine& line) {
  Json hypotheses = Json::array();
  for (std::size_t i = 0; i < line.hypotheses.size(); ++i) {
    const auto& hypothesis = line.hypotheses[i];
    hypotheses.push_back({{"text", line.texts[i]},
                          {"ids", hypothesis.words},
                          {"score", hypothesis.score},
                          {"log_probability", hypothesis.log_probability}});
  }
  return {{"source", source}, {"translation", line.texts[0]}, {"cut", line.cut}, {"hypotheses", std::move(hypotheses)}};
}

void print(const TranslatedLine& line, const TranslateOptions& options) {
  if (!options.target.empty()) {
    const auto sum = line.hypotheses.empty() ? 0.0 : line.hypotheses[0].log_probability;
    fmt::print("{:.4f}\t{}\n", sum, line.texts[0]);
    return;
  }
  if (options.search.best == 1) {
    fmt::print("{}\n", line.texts[0]);
    return;
  }
  for (std::size_t i = 0; i < line.texts.size(); ++i) {
    const auto score = i < line.hypotheses.size() ? line.hypotheses[i].score : 0.0;
    fmt::print("{:.4f}\t{}\n", score, line.texts[i]);
  }
  fmt::print("\n");
}

int translate(int argc, char** argv) {
  TranslateOptions options;
  CommandLine line({"zoo translate", "Translates text line by line; as many lines come out as went in.",
                    "zoo translate --model runs/english-french --input sentences.txt\n"
                    "  echo 'in the beginning' | zoo translate --model runs/english-french --input -"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of a translation model");
  if (options.input.empty()) fail_usage("--input: give the text to translate, - for standard input");
  if (options.search.best > options.search.beam) {
    fail_usage("--best {}: more than --beam {}, which is all that the search keeps", options.search.best,
               options.search.beam);
  }
  if (!options.prefix.empty() && !options.target.empty()) {
    fail_usage("--prefix and --target: give what translations begin with, or what they are");
  }
  const auto files = expand_inputs(options.input);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  LineSource source(files);
  GivenLines given(options.target.empty() ? options.prefix : options.target, files);
  TextBlock block;
  Json results = Json::array();
  while (source.next(block)) {
    std::vector<std::string> lines;
    for (const auto& one : block.lines) lines.emplace_back(block.line(one));
    const GivenTargets targets{given.next(lines.size()), !options.target.empty()};
    Progress progress("translating", static_cast<double>(lines.size()), "lines");
    const auto translated = translate_lines(
        *model, *saved.source_tokenizer, *saved.tokenizer, lines, options.search, options.batch_size,
        [&](std::int64_t done) { progress.update(static_cast<double>(done)); }, targets);
    hide_progress();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (translated[i].cut) {
        log_warning(fmt::format("{}: line {}: {} tokens, the model reads {}; the rest was left out",
                                files[block.file].name, block.first_line + static_cast<std::int64_t>(i),
                                translated[i].source_tokens, model->longest_source()));
      }
      if (options.json) {
        results.push_back(json_of(lines[i], translated[i]));
      } else {
        print(translated[i], options);
      }
    }
  }
  given.check_end();
  if (options.json) fmt::print("{}\n", results.dump(2, ' ', false, Json::error_handler_t::replace));
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::translate); }
