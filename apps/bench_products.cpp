#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/print_result.h"

namespace zoo {
namespace {

struct Options {
  std::int64_t threads = 0, rounds = 3;
  double seconds = 0.5;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("seconds", seconds, "for each kind of products in each round").range(0.01, 1e6);
    f("rounds", rounds, "of which the quickest counts").range(1, 1e6);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// A loop of `turns` that does nothing but multiply and add in registers, and the operations of a turn.
struct Loop {
  void (*run)(std::int64_t turns);
  double operations;
};

#ifdef __x86_64__
#define ZOO_SUM(instruction, registers, n) instruction " %%" registers "14, %%" registers "15, %%" registers #n "\n"
#define ZOO_FOUR_SUMS(instruction, registers, a, b, c, d) \
  ZOO_SUM(instruction, registers, a)                      \
  ZOO_SUM(instruction, registers, b) ZOO_SUM(instruction, registers, c) ZOO_SUM(instruction, registers, d)
// Twelve sums that do not wait for one another: two units and four to six cycles for each need no more.
#define ZOO_LOOP(instruction, registers)                                                                        \
  asm volatile("vxorps %%xmm14, %%xmm14, %%xmm14\n vxorps %%xmm15, %%xmm15, %%xmm15\n 1:\n" ZOO_FOUR_SUMS(      \
                   instruction, registers, 0, 1, 2, 3) ZOO_FOUR_SUMS(instruction, registers, 4, 5, 6, 7)        \
                   ZOO_FOUR_SUMS(instruction, registers, 8, 9, 10, 11) "dec %0\n jnz 1b\n vzeroupper\n"         \
               : "+r"(turns)                                                                                    \
               :                                                                                                \
               : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                 "xmm11", "xmm14", "xmm15")

void fp32_of_512_bits(std::int64_t turns) { ZOO_LOOP("vfmadd231ps", "zmm"); }
void fp32_of_256_bits(std::int64_t turns) { ZOO_LOOP("vfmadd231ps", "ymm"); }
void bf16_of_512_bits(std::int64_t turns) { ZOO_LOOP("vdpbf16ps", "zmm"); }
#undef ZOO_LOOP
#undef ZOO_FOUR_SUMS
#undef ZOO_SUM

std::optional<Loop> fp32_of_256() {
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Loop{fp32_of_256_bits, 12 * 8 * 2};
  return std::nullopt;
}

std::optional<Loop> fp32() {
  if (__builtin_cpu_supports("avx512f")) return Loop{fp32_of_512_bits, 12 * 16 * 2};
  return fp32_of_256();
}

std::optional<Loop> bf16() {
  if (__builtin_cpu_supports("avx512bf16")) return Loop{bf16_of_512_bits, 12 * 32 * 2};
  return std::nullopt;
}
#else
std::optional<Loop> fp32_of_256() { return std::nullopt; }
std::optional<Loop> fp32() { return std::nullopt; }
std::optional<Loop> bf16() { return std::nullopt; }
#endif

/// Operations a second of all threads, in thousands of millions; null where the processor has no such instruction.
Json gflops(const std::optional<Loop>& loop, int threads, const Options& options) {
  if (!loop) return {};
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kTurns = 100'000;
  double best = 0;
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    std::vector<double> each(static_cast<std::size_t>(threads));
    run_on_threads(threads, [&](int thread) {
      const auto start = Clock::now();
      double turns = 0, seconds = 0;
      do {
        loop->run(kTurns);
        turns += kTurns;
        seconds = std::chrono::duration<double>(Clock::now() - start).count();
      } while (seconds < options.seconds);
      each[static_cast<std::size_t>(thread)] = turns * loop->operations / seconds / 1e9;
    });
    double all = 0;
    for (const auto one : each) all += one;
    best = std::max(best, all);
  }
  return best;
}

int body(int argc, char** argv) {
  Options options;
  CommandLine line(
      {"zoo bench products",
       "the most that this processor multiplies and adds a second, numbers in registers: what no product of matrices "
       "can pass; where AVX2's 256 bits give as much as 512, AVX-512 gains nothing",
       "zoo bench products --json"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  const int threads = options.threads > 0 ? static_cast<int>(options.threads) : available_threads();
  const Json result = {{"threads", threads},
                       {"fp32_gflops", gflops(fp32(), threads, options)},
                       {"fp32_of_256_bits_gflops", gflops(fp32_of_256(), threads, options)},
                       {"bf16_gflops", gflops(bf16(), threads, options)}};
  print_result(result, options.json);
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
