// torch
#include <algorithm>
#include <chrono>
#include <functional>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "base/print_result.h"
#include "models/layers/autocast.h"
#include "models/layers/bfloat16_rows.h"
#include "models/layers/projected_lstm.h"
#include "models/runtime.h"

namespace zoo {
namespace {

struct LstmBenchOptions {
  std::int64_t projection = 128, cell = 1024, steps = 20, rows = 64, threads = 0, seed = 1;
  double clip = 3, seconds = 5;
  std::string precision = "fp32";
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("projection", projection, "R, and as many numbers in the input").range(1, 1 << 14);
    f("cell", cell, "H: units").range(1, 1 << 16);
    f("steps", steps, "T: words of a row").range(1, 1 << 16);
    f("rows", rows, "B: rows of a batch").range(1, 1 << 16);
    f("clip", clip, "of cell and projection; 0: none").range(0, 1e9);
    f("precision", precision, "bf16: products of bfloat16 numbers, as in training with it").choices({"fp32", "bf16"});
    f("seconds", seconds, "for each of the two directions").range(0.01, 1e6);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("seed", seed, "of weights and inputs").range(0, 9e15);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// The seconds of the quickest of all calls that fit into `seconds`, and of at least three; the first does not count.
double quickest(double seconds, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  call();
  double best = 1e300;
  const auto start = Clock::now();
  for (int i = 0; i < 3 || since(start) < seconds; ++i) {
    const auto one = Clock::now();
    call();
    best = std::min(best, since(one));
  }
  return best;
}

int bench(int argc, char** argv) {
  LstmBenchOptions options;
  CommandLine line({"zoo bench lstm", "how fast one LSTM layer with projection is, forward and with the way back",
                    "zoo bench lstm --projection 256 --cell 2048 --json"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  const bool rounded = options.precision == "bf16";
  if (rounded && !has_bfloat16_products())
    fail("--precision bf16: this processor has no products of bfloat16; leave it out");
  const auto threads = use_threads(options.threads);
  seed_torch(static_cast<std::uint64_t>(options.seed));
  ProjectedLstm lstm(
      ProjectedLstmOptions{options.projection, options.cell, options.projection, {options.clip, options.clip}});
  auto random = at::detail::createCPUGenerator(static_cast<std::uint64_t>(options.seed));
  lstm->initialise(random);
  const auto x = torch::randn({options.steps, options.rows, options.projection}).requires_grad_();
  const auto pull = torch::randn({options.steps, options.rows, options.projection});
  const auto forward = quickest(options.seconds, [&] {
    const torch::NoGradGuard no_gradient;
    const Autocast autocast(rounded);
    auto state = lstm->zero_state(options.rows);
    lstm->forward(x, {}, state);
  });
  const auto training = quickest(options.seconds, [&] {
    for (auto& parameter : lstm->parameters()) parameter.mutable_grad().reset();
    auto state = lstm->zero_state(options.rows);
    torch::Tensor output;  // [T, B, R]
    {
      const Autocast autocast(rounded);
      output = lstm->forward(x, {}, state);
    }
    output.backward(pull);
  });
  const auto tokens = static_cast<double>(options.steps * options.rows);
  // Products alone: [x; h] · W and P forward, twice as much on the way back.
  const auto flops = 2 * tokens * static_cast<double>(options.cell) *
                     static_cast<double>(4 * 2 * options.projection + options.projection);
  const Json result = {{"projection", options.projection},
                       {"cell", options.cell},
                       {"steps", options.steps},
                       {"rows", options.rows},
                       {"precision", options.precision},
                       {"threads", threads},
                       {"forward_tokens_per_second", tokens / forward},
                       {"training_tokens_per_second", tokens / training},
                       {"forward_gflops", flops / forward / 1e9},
                       {"training_gflops", 3 * flops / training / 1e9}};
  print_result(result, options.json);
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::bench); }
