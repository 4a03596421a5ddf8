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
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct TranslateOptions {
  std::string model;
  std::vector<std::string> input, prefix, target;
  SearchOptions search;
  DrawOptions draw;
  std::int64_t batch_size = 32, seed = 1, threads = 0;
  std::string precision = "fp32", device = "cpu";
  bool sample = false, scores = false, json = false, quiet = false;

  void fields(Fields& f) {
    f("model", model, "a run folder of a translation model");
    f("input", input, "text to translate, a sentence a line: files, folders, .gz, - for standard input");
    f("prefix", prefix,
      "a text with what each line's translation must begin with, line by line; empty lines: anything");
    f("target", target, "a text with the translations, line by line: they are only scored, in nats");
    search.fields(f);
    f("sample", sample, "draw words by their probabilities instead of searching: --n-best of them, whatever the beam");
    draw.sampling.fields(f);
    f("seed", seed, "of the draws").range(0, 9e15);
    f("scores", scores, "print each translation's score and a tab before it");
    f("batch_size", batch_size, "sentences at a time").range(1, 1 << 16);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    precision_field(f, precision);
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
  return {{"source", source},
          {"translation", line.texts[0]},
          {"cut", line.cut},
          {"parts", line.pieces},
          {"hypotheses", std::move(hypotheses)}};
}

/// A line; or the n best, a line each, with an empty one behind them.
void print(const TranslatedLine& line, const TranslateOptions& options) {
  for (std::size_t i = 0; i < line.texts.size(); ++i) {
    const auto* hypothesis = i < line.hypotheses.size() ? &line.hypotheses[i] : nullptr;
    if (!options.target.empty()) {
      fmt::print("{:.4f}\t", hypothesis == nullptr ? 0.0 : hypothesis->log_probability);
    } else if (options.scores) {
      fmt::print("{:.4f}\t", hypothesis == nullptr ? 0.0 : hypothesis->score);
    }
    fmt::print("{}\n", line.texts[i]);
  }
  if (options.search.n_best > 1 && options.target.empty()) fmt::print("\n");
}

/// The lines of a block, a few batches at a time: what is done is printed before more is read.
std::vector<std::vector<std::string>> portions_of(const TextBlock& block, std::int64_t batch_size) {
  std::vector<std::vector<std::string>> portions;
  for (const auto& line : block.lines) {
    if (portions.empty() || std::ssize(portions.back()) == 16 * batch_size) portions.emplace_back();
    portions.back().emplace_back(block.line(line));
  }
  return portions;
}

void check(const TranslateOptions& options, const CommandLine& line) {
  if (options.model.empty()) fail_usage("--model: give a run folder of a translation model");
  if (options.input.empty()) fail_usage("--input: give the text to translate, - for standard input");
  if (!options.sample && options.search.n_best > options.search.beam) {
    fail_usage("--n-best {}: more than --beam {}, which is all that the search keeps", options.search.n_best,
               options.search.beam);
  }
  for (const std::string name : {"temperature", "top_k", "top_p", "seed"}) {
    if (line.given(name) && !options.sample) fail_usage("{}: is for drawing words; give --sample too", name);
  }
  if (options.sample && line.given("beam")) fail_usage("--beam: is for searching; leave it out or --sample");
  if (options.sample && !options.target.empty()) fail_usage("--sample: with --target nothing is drawn; leave one out");
  if (!options.prefix.empty() && !options.target.empty()) {
    fail_usage("--prefix and --target: give what translations begin with, or what they are");
  }
}

int translate(int argc, char** argv) {
  TranslateOptions options;
  CommandLine line(
      {"zoo translate", "Translates text line by line; as many lines come out as went in.",
       "zoo translate --model runs/english-french --input sentences.txt\n"
       "  zoo translate --model runs/english-french --input sentences.txt --beam 8 --n-best 3 --scores\n"
       "  echo 'in the beginning' | zoo translate --model runs/english-french --input - --sample --top-p 0.9"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  catch_interrupts();
  check(options, line);
  const auto files = expand_inputs(options.input);
  use_device(options.device);
  use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  prepare(saved, options.precision);
  LineSource source(files);
  GivenLines given(options.target.empty() ? options.prefix : options.target, files);
  TextBlock block;
  Json results = Json::array();
  TranslationOptions how{options.search, std::nullopt, options.batch_size};
  options.draw.seed = static_cast<std::uint64_t>(options.seed);
  if (options.sample) how.draw = options.draw;
  while (source.next(block)) {
    auto number = block.first_line;
    for (const auto& lines : portions_of(block, options.batch_size)) {
      const GivenTargets targets{given.next(lines.size()), !options.target.empty()};
      Progress progress("translating", static_cast<double>(lines.size()), "lines");
      const auto translated = translate_lines(
          *model, *saved.source_tokenizer, *saved.tokenizer, lines, how,
          [&](std::int64_t done) { progress.update(static_cast<double>(done)); }, targets);
      hide_progress();
      how.first_line += lines.size();
      for (std::size_t i = 0; i < lines.size(); ++i, ++number) {
        if (translated[i].cut) {
          const auto became = options.target.empty() ? fmt::format("was translated in {} parts", translated[i].pieces)
                                                     : std::string("is scored without its rest");
          log_warning(fmt::format("{}: line {}: {} tokens, the model reads {}; it {}", files[block.file].name, number,
                                  translated[i].source_tokens, model->longest_source(), became));
        }
        if (options.json) {
          results.push_back(json_of(lines[i], translated[i]));
        } else {
          print(translated[i], options);
        }
      }
      if (!options.json) std::fflush(stdout);
    }
  }
  given.check_end();
  if (options.json) fmt::print("{}\n", results.dump(2, ' ', false, Json::error_handler_t::replace));
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::translate); }
