// torch
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/seconds_of.h"
#include "models/elmo/lstm_stack.h"
#include "models/runtime.h"
#include "models/transformer/network.h"

namespace {

using namespace zoo;

struct ParallelismOptions {
  std::vector<std::int64_t> lengths = {16, 32, 64, 128, 256, 512, 1024};
  std::int64_t hidden_size = 256, layers = 2, heads = 4, batch_size = 1, repeats = 3, threads = 0, seed = 1;
  double max_seconds = 18;
  bool json = false, quiet = false;

  void fields(Fields& f) {
    f("lengths", lengths, "words of a text, from few to many").range(1, 1 << 16);
    f("hidden_size", hidden_size, "d: numbers in a word's vector, for both").range(8, 1 << 13);
    f("layers", layers, "LSTMs, and encoder blocks, on top of each other").range(1, 64);
    f("heads", heads, "attentions side by side in a block").range(1, 256);
    f("batch_size", batch_size, "texts at once; with 1 all that can be done at once is in the text itself")
        .range(1, 1 << 12);
    f("repeats", repeats, "the best of so many is told; of fewer where that would take too long").range(1, 1000);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("seed", seed, "of weights and texts").range(0, 9e15);
    f("max_seconds", max_seconds, "what would take longer in all is left out").range(0.1, 1e6);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// A network of the comparison: vectors [B, T, D] in, as many out.
struct Compared {
  std::string name, cost;
  torch::nn::Module* module;
  std::function<Tensor(const Tensor&)> run;
  /// The longest chain of layer applications that must wait for one another, forward.
  std::function<std::int64_t(std::int64_t)> steps;
  int power;                      ///< of the length, by which its time may grow
  double last[2] = {0, 0};        ///< seconds of a pass at the last length, forward and in training
  bool done[2] = {false, false};  ///< longer texts would take too long
};

double numbers_in(torch::nn::Module& module) {
  double numbers = 0;
  for (const auto& parameter : module.parameters()) numbers += static_cast<double>(parameter.numel());
  return numbers;
}

/// Cells with which an LSTM layer has as many parameters as an encoder block of the same width D. With W [4H, 2D],
/// b [4H] and P [D, H] it has (9D + 4) H; the block has 12 D² + 13 D: four products of attention, two of 4D inner
/// numbers, their biases and two normalisations.
std::int64_t cells_for(std::int64_t width) {
  const auto d = static_cast<double>(width);
  return std::lround((12 * d * d + 13 * d) / (9 * d + 4));
}

void pass(Compared& network, const Tensor& text, const Tensor& gradient) {
  if (!gradient.defined()) {
    const torch::NoGradGuard guard;
    network.run(text);
    return;
  }
  for (auto& parameter : network.module->parameters()) parameter.mutable_grad().reset();
  network.run(text).backward(gradient);
}

struct Timing {
  double best = 0, spent = 0;
};

/// The least of so many times after one that does not count; of fewer where a time is a large part of `seconds`.
Timing best_seconds(Compared& network, const Tensor& text, const Tensor& gradient, std::int64_t repeats,
                    double seconds) {
  Timing timing{.best = std::numeric_limits<double>::infinity()};
  for (std::int64_t i = 0; i <= repeats; ++i) {
    if (interrupted()) throw Interrupted("stopped");
    const auto once = seconds_of([&] { pass(network, text, gradient); });
    timing.spent += once;
    const bool last = timing.spent + once > seconds;
    if (i > 0 || last) timing.best = std::min(timing.best, once);
    if (last) break;
  }
  return timing;
}

void print(const Json& result) {
  fmt::print("width {}, {} layers, batch {}, {} threads, best of up to {}\n", result["hidden_size"].dump(),
             result["layers"].dump(), result["batch_size"].dump(), result["threads"].dump(), result["repeats"].dump());
  for (const auto& [name, parameters] : result["parameters"].items()) {
    fmt::print("{:<8} {} parameters; {}\n", name, parameters.dump(), result["cost"][name].get<std::string>());
  }
  fmt::print("\n{:>6}  {:<8} {:<9} {:>15} {:>12} {:>12}\n", "words", "network", "", "dependent steps", "ms", "words/s");
  for (const auto& row : result["rows"]) {
    fmt::print("{:>6}  {:<8} {:<9} {:>15} {:>12.3f} {:>12.0f}\n", row["length"].get<std::int64_t>(),
               row["network"].get<std::string>(), row["direction"].get<std::string>(),
               row["dependent_steps"].get<std::int64_t>(), 1000 * row["seconds"].get<double>(),
               row["tokens_per_second"].get<double>());
  }
  for (const auto& item : result["left_out"]) fmt::print("left out: {}\n", item.get<std::string>());
}

Json bench(const ParallelismOptions& options) {
  const auto threads = use_threads(options.threads);
  seed_torch(static_cast<std::uint64_t>(options.seed));
  const auto width = options.hidden_size, layers = options.layers;
  auto lengths = options.lengths;
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());

  elmo::ElmoOptions lstm_options;
  lstm_options.projection = width;
  lstm_options.cell = cells_for(width);
  lstm_options.layers = layers;
  lstm_options.dropout = 0;
  elmo::LstmStack lstm(lstm_options);
  auto random = at::detail::createCPUGenerator(static_cast<std::uint64_t>(options.seed));
  lstm->initialise(random);
  transformer::TransformerOptions block_options;
  block_options.architecture = "encoder";
  block_options.layers = layers;
  block_options.width = width;
  block_options.heads = options.heads;
  block_options.context = std::max<std::int64_t>(2, lengths.back());
  block_options.dropout = 0;
  transformer::Stack encoder(block_options, layers, false);

  std::vector<Compared> networks;
  networks.push_back({"lstm", "n words cost O(n·d²)", lstm.get(),
                      [&](const Tensor& text) {
                        auto states = lstm->zero_states(text.size(0));
                        return lstm->forward(text.transpose(0, 1), {}, states).back().transpose(0, 1);  // [B, T, D]
                      },
                      // Layer l at word t waits for layer l at word t − 1 and for layer l − 1 at word t.
                      [&](std::int64_t length) { return length + layers - 1; }, 1});
  networks.push_back({"encoder", "n words cost O(n·d² + n²·d)", encoder.get(),
                      [&](const Tensor& text) { return encoder->forward(text, {}); },
                      [&](std::int64_t) { return layers; }, 2});
  Json result = {{"hidden_size", width},
                 {"cells", lstm_options.cell},
                 {"layers", layers},
                 {"heads", options.heads},
                 {"batch_size", options.batch_size},
                 {"repeats", options.repeats},
                 {"threads", threads},
                 {"dependent_steps",
                  "the longest chain of layer applications that must wait for one another; in training there and back"},
                 {"parameters", Json::object()},
                 {"cost", Json::object()},
                 {"rows", Json::array()},
                 {"left_out", Json::array()}};
  for (auto& network : networks) {
    result["parameters"][network.name] = static_cast<std::int64_t>(numbers_in(*network.module));
    result["cost"][network.name] = network.cost;
  }
  const auto cells = static_cast<double>(2 * lengths.size() * networks.size());
  double spent = 0, done = 0;
  std::int64_t before = 0;
  Progress progress("measuring", cells, "measurements");
  for (const auto length : lengths) {
    const auto growth = before == 0 ? 0 : static_cast<double>(length) / static_cast<double>(before);
    const auto text = torch::randn({options.batch_size, length, width});      // [B, T, D]
    const auto gradient = torch::randn({options.batch_size, length, width});  // [B, T, D]
    for (auto& network : networks) {
      for (const int training : {0, 1}) {
        const auto* direction = training == 1 ? "training" : "forward";
        auto& over = network.done[training];
        over = over || spent + network.last[training] * std::pow(growth, network.power) > options.max_seconds;
        if (over) {
          result["left_out"].push_back(fmt::format("{}, {}, {} words: with it, more than --max-seconds {} in all",
                                                   network.name, direction, length, options.max_seconds));
          continue;
        }
        const auto timing = best_seconds(network, text, training == 1 ? gradient : Tensor(), options.repeats,
                                         options.max_seconds / cells);
        network.last[training] = timing.best;
        spent += timing.spent;
        result["rows"].push_back({{"network", network.name},
                                  {"length", length},
                                  {"direction", direction},
                                  {"seconds", timing.best},
                                  {"dependent_steps", network.steps(length) * (training + 1)},
                                  {"tokens_per_second", static_cast<double>(text.size(0) * length) / timing.best}});
        progress.update(++done);
      }
    }
    before = length;
  }
  return result;
}

int body(int argc, char** argv) {
  ParallelismOptions options;
  CommandLine line({"zoo bench parallelism",
                    "Words enter together, not in a queue: time and dependent steps of LSTM layers and of encoder "
                    "blocks of as many parameters, against the length of the text",
                    "zoo bench parallelism\n  zoo bench parallelism --lengths 64,256,1024 --hidden-size 512 --json"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  catch_interrupts();
  if (options.lengths.empty()) fail_usage("--lengths: give at least one");
  if (options.hidden_size % options.heads != 0) {
    fail_usage("--heads {}: does not divide --hidden-size {}", options.heads, options.hidden_size);
  }
  const auto result = bench(options);
  if (options.json) {
    std::puts(result.dump().c_str());
  } else {
    print(result);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, body); }
