// How fast one thread makes batches. Not run by default:
//   build/release/bin/test_batches --gtest_also_run_disabled_tests --gtest_filter='*Speed*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>

#include "base/random.h"
#include "batches/batcher.h"

namespace zoo {
namespace {

/// 17M tokens in lines of 1 … 41 words.
Corpus large_corpus() {
  std::vector<std::vector<TokenId>> lines;
  Random random(1);
  for (std::size_t tokens = 0; tokens < 17'000'000; tokens += lines.back().size()) {
    auto& line = lines.emplace_back(1 + random.below(41));
    for (auto& id : line) id = kSpecialTokens + static_cast<TokenId>(random.below(50'000));
    line.push_back(kEnd);
  }
  return Corpus::from_lines(lines, kSpecialTokens + 50'000);
}

TEST(Speed, DISABLED_RowsASecond) {
  const auto corpus = large_corpus();
  const std::vector<std::pair<const char*, Examples>> kinds = {{"windows of 5", Windows{5}},
                                                               {"bags of radius 5", Bags{5}},
                                                               {"streams of 64", Streams{64}},
                                                               {"sentences", Sentences{64}},
                                                               {"masked", MaskedSentences{.15, 64}}};
  for (const auto& [name, kind] : kinds) {
    for (const bool shuffle : {true, false}) {
      Batcher batcher(corpus, kind, {.batch_size = 512, .shuffle = shuffle, .prefetch = 0});
      const auto start = std::clock();  // of the processor: true on a busy machine too
      double rows = 0, tokens = 0, seconds = 0;
      while (seconds < 0.5) {
        const auto batch = batcher.next();
        rows += static_cast<double>(batch.input.size(0));
        tokens += static_cast<double>(batch.target.numel());
        seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      }
      fmt::print("{:18} {:9}  {:6.2f} M rows/s  {:6.2f} M targets/s\n", name, shuffle ? "shuffled" : "in order",
                 rows / seconds / 1e6, tokens / seconds / 1e6);
    }
  }
}

}  // namespace
}  // namespace zoo
