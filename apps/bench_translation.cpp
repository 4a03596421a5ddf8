// torch
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/print_result.h"
#include "base/random.h"
#include "evaluation/abilities.h"
#include "evaluation/beam_search.h"
#include "models/device.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

struct TranslationBenchOptions {
  std::string model;
  std::int64_t batch_size = 32, source_length = 25, target_length = 40, beam = 1, threads = 0, seed = 1;
  double seconds = 10;
  std::string precision = "fp32", device = "cpu";
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder of a translation model");
    f("batch_size", batch_size, "sentences at a time").range(1, 1 << 16);
    f("source_length", source_length, "tokens of each sentence, its end counted").range(2, 1 << 16);
    f("target_length", target_length, "tokens of a translation, its end counted, where the model would end it later")
        .range(2, 1 << 16);
    f("beam", beam, "beginnings kept for each sentence; 1: greedy").range(1, 1 << 10);
    f("seconds", seconds, "translate at least three times and for so long").range(0.001, 1e6);
    f("threads", threads, "0: all cores").range(0, 4096);
    device_field(f, device);
    precision_field(f, precision);
    f("seed", seed, "of the sentences, words drawn evenly").range(0, 9e15);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// Words of the source language, drawn evenly, each row closed by kEnd: [B, S].
Tensor random_sources(const TranslationBenchOptions& options, std::int64_t vocabulary) {
  auto sources = torch::full({options.batch_size, options.source_length}, std::int64_t{kEnd}, torch::kInt64);  // [B, S]
  Random random(static_cast<std::uint64_t>(options.seed));
  for (std::int64_t row = 0; row < options.batch_size; ++row) {
    auto* words = sources.data_ptr<std::int64_t>() + row * options.source_length;
    for (std::int64_t i = 0; i + 1 < options.source_length; ++i) {
      words[i] = kSpecialTokens +
                 static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(vocabulary - kSpecialTokens)));
    }
  }
  return sources;
}

void check_length(const std::string& option, std::int64_t given, std::int64_t longest) {
  if (given > longest) fail_usage("--{}: {} tokens, and the model takes {} at most", option, given, longest);
}

int bench(int argc, char** argv) {
  TranslationBenchOptions options;
  CommandLine line({"zoo bench translation", "how fast a model translates, with how much memory",
                    "zoo bench translation --model runs/english-french --batch-size 32 --beam 4 --json"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  catch_interrupts();
  if (options.model.empty()) fail_usage("--model: give a run folder of a translation model");
  use_device(options.device);
  const auto threads = use_threads(options.threads);
  const auto saved = load_run(options.model, model_table());
  auto* model = saved.model->translation();
  if (model == nullptr) {
    fail_without(Ability::translation, fmt::format("{} ({})", options.model, saved.kind->name()), model_table());
  }
  prepare(saved, options.precision);
  check_length("source-length", options.source_length, model->longest_source());
  check_length("target-length", options.target_length, model->longest_target());
  const auto sources = random_sources(options, saved.source_tokenizer->size());
  const auto lengths = torch::full({options.batch_size}, options.source_length, torch::kInt64);  // [B]
  SearchOptions search;
  search.beam = options.beam;
  search.extra = options.target_length - 1 - options.source_length;

  using Clock = std::chrono::steady_clock;
  const auto translate = [&] {
    const auto start = Clock::now();
    std::int64_t tokens = 0;
    for (const auto& found : beam_search(*model, sources, lengths, search)) tokens += std::ssize(found.at(0).words) + 1;
    return std::pair(tokens, std::chrono::duration<double>(Clock::now() - start).count());
  };
  const auto tokens = translate().first;  // a first one that does not count
  std::vector<double> taken;
  constexpr std::size_t kLeast = 3;
  while (taken.size() < kLeast || std::accumulate(taken.begin(), taken.end(), 0.0) < options.seconds) {
    if (interrupted()) throw Interrupted("interrupted");
    taken.push_back(translate().second);
  }
  std::sort(taken.begin(), taken.end());
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const Json result = {{"model", options.model},
                       {"batch_size", options.batch_size},
                       {"source_length", options.source_length},
                       {"target_length", options.target_length},
                       {"beam", options.beam},
                       {"precision", options.precision},
                       {"threads", threads},
                       {"tokens", tokens},
                       {"translated", taken.size()},
                       {"tokens_per_second", static_cast<double>(tokens) / taken.front()},
                       {"median_tokens_per_second", static_cast<double>(tokens) / taken[taken.size() / 2]},
                       {"peak_memory_bytes", static_cast<std::uint64_t>(usage.ru_maxrss) * 1024}};
  print_result(result, options.json);
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::bench); }
