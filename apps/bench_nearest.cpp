#include <unistd.h>

#include <cstring>

#include "base/command_line.h"
#include "base/error.h"
#include "base/for_each_machine.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/print_result.h"
#include "base/random.h"
#include "base/seconds_of.h"
#include "vectors/row_scan.h"

namespace zoo {
namespace {

struct Options {
  std::int64_t rows = 1'000'000, dimension = 300, questions = 256, top = 10, threads = 0, rounds = 5, seed = 1;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("rows", rows, "V: vectors that are searched").range(1, 1e9);
    f("dim", dimension, "D: numbers of a vector").range(1, 1 << 16);
    f("questions", questions, "that are answered in one reading of the rows, beside those one at a time")
        .range(1, 1 << 16);
    f("top", top, "neighbours of a question").range(1, 1'000'000);
    f("rounds", rounds, "of which the quickest counts").range(1, 1e6);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("seed", seed, "of the vectors").range(0, 9e15);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// Something that depends on every bit of `blocks` times 64 numbers.
ZOO_FOR_EACH_MACHINE
std::uint64_t bits_of(const float* numbers, std::size_t blocks) {
  typedef std::uint64_t Lanes __attribute__((vector_size(64)));
  Lanes seen[4] = {}, lanes;
  for (std::size_t block = 0; block < blocks; ++block) {
    for (int k = 0; k < 4; ++k) {
      std::memcpy(&lanes, numbers + block * 64 + static_cast<std::size_t>(16 * k), sizeof lanes);
      seen[k] ^= lanes;
    }
  }
  const Lanes all = (seen[0] ^ seen[1]) ^ (seen[2] ^ seen[3]);
  std::uint64_t bits = 0;
  for (int k = 0; k < 8; ++k) bits ^= all[k];
  return bits;
}

/// Reads all numbers once, each thread its part.
void read_all(std::span<const float> numbers, int threads) {
  const auto blocks = numbers.size() / 64, all = static_cast<std::size_t>(threads);
  run_on_threads(threads, [&](int thread) {
    const auto part = static_cast<std::size_t>(thread);
    const auto begin = blocks * part / all, end = blocks * (part + 1) / all;
    [[maybe_unused]] const volatile auto bits = bits_of(numbers.data() + begin * 64, end - begin);
  });
}

EmbeddingTable random_table(const Options& options) {
  const auto wanted =
      static_cast<double>(options.rows) * (4 * static_cast<double>(options.dimension) + sizeof(std::string));
  const auto has = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (wanted > has) {
    fail_usage("--rows {} --dim {}: need {:.1f} GB, and this machine has {:.1f}; take fewer", options.rows,
               options.dimension, wanted / 1e9, has / 1e9);
  }
  std::vector<std::string> words;
  for (std::int64_t row = 0; row < options.rows; ++row) words.push_back(fmt::format("w{}", row));
  std::vector<float> numbers(static_cast<std::size_t>(options.rows * options.dimension));
  Random random(static_cast<std::uint64_t>(options.seed));
  for (float& number : numbers) number = static_cast<float>(random.uniform()) - 0.5F;
  return {std::move(words), std::move(numbers), options.dimension};
}

int body(int argc, char** argv) {
  Options options;
  CommandLine line({"zoo bench nearest",
                    "how fast the rows nearest to a vector are found, beside how fast memory is read",
                    "zoo bench nearest --rows 1000000 --dim 300 --json"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  const int threads = options.threads > 0 ? static_cast<int>(options.threads) : available_threads();
  const auto table = random_table(options);
  std::vector<RowQuery> questions;
  for (std::int64_t i = 0; i < options.questions; ++i) {
    const auto row = i * options.rows / options.questions;
    questions.push_back({.vectors = unit_length(table.row(row)), .excluded = {row}});
  }
  const auto ask = [&](std::span<const RowQuery> asked) {
    return seconds_of([&] { scan_rows(table, options.rows, asked, options.top, threads); });
  };
  const auto first = ask(std::span(questions).first(1));  // which measures the rows' lengths too
  double one = 1e300, many = 1e300, memory = 1e300;
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    one = std::min(one, ask(std::span(questions).subspan(static_cast<std::size_t>(round) % questions.size(), 1)));
    memory = std::min(memory, seconds_of([&] { read_all(*table.contiguous(), threads); }));
    many = std::min(many, ask(questions));
  }
  const auto numbers = static_cast<double>(options.rows * options.dimension);
  const Json result = {{"rows", options.rows},
                       {"dimension", options.dimension},
                       {"threads", threads},
                       {"first_question_seconds", first},
                       {"question_seconds", one},
                       {"question_bytes_per_second", 4 * numbers / one},
                       {"memory_bytes_per_second", 4 * numbers / memory},
                       {"of_memory_speed", memory / one},
                       {"questions_together", options.questions},
                       {"seconds_each_together", many / static_cast<double>(options.questions)},
                       {"gflops_together", 2 * numbers * static_cast<double>(options.questions) / many / 1e9}};
  print_result(result, options.json);
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
