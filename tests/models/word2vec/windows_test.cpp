#include "models/word2vec/windows.h"

#include <gtest/gtest.h>

#include <set>

#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {
namespace {

using Lines = std::vector<std::vector<TokenId>>;

struct Made {
  Corpus corpus;
  WindowSampler::Tables tables;
  WindowSampler sampler;
  Made(Lines lines, std::int64_t vocabulary, const Word2VecOptions& options, bool line_ends = true)
      : corpus(make(lines, vocabulary, line_ends)),
        tables(counts(corpus), options),
        sampler(corpus, tables, options, 1) {}

  static Corpus make(Lines& lines, std::int64_t vocabulary, bool line_ends) {
    for (auto& line : lines) {
      if (line_ends) line.push_back(kEnd);
    }
    return Corpus::from_lines(lines, vocabulary);
  }
  static std::vector<std::int64_t> counts(const Corpus& corpus) {
    return {corpus.counts().begin(), corpus.counts().end()};
  }
};

Word2VecOptions plain() {
  Word2VecOptions options;
  options.sample = 0;
  options.epochs = 1;
  return options;
}

Lines many_lines(int lines, int length) {
  Lines result;
  Random random(9);
  for (int i = 0; i < lines; ++i) {
    auto& line = result.emplace_back();
    for (int j = 0; j < length; ++j) line.push_back(static_cast<TokenId>(5 + random.below(50)));
  }
  return result;
}

TEST(WindowSampler, GivesEachWordTheNeighboursInItsLineAndNeverASpecialToken) {
  auto options = plain();
  options.window = 1;
  for (const bool line_ends : {true, false}) {
    Made made({{5, 6, kUnknown, 7}, {8}, {9, 10}}, 11, options, line_ends);
    WindowList list;
    made.sampler.make(0, list);
    std::vector<std::vector<std::int32_t>> inputs;
    std::vector<std::int32_t> words;
    for (const auto& window : list.windows) {
      const auto* ids = list.ids.data() + window.first;
      inputs.push_back({ids, ids + window.inputs});
      words.push_back(ids[window.inputs]);
      std::set<std::int32_t> outputs;
      for (int k = 0; k < window.outputs; ++k) {
        const auto output = ids[window.inputs + k];
        EXPECT_EQ(output & 1, k == 0 ? 1 : 0);
        EXPECT_GE(output >> 1, kSpecialTokens);
        EXPECT_TRUE(outputs.insert(output >> 1).second);
      }
    }
    EXPECT_EQ(inputs, (std::vector<std::vector<std::int32_t>>{{6}, {5, 7}, {6}, {10}, {9}}));
    EXPECT_EQ(words, (std::vector<std::int32_t>{11, 13, 15, 19, 21}));  // 2 × id + 1
    EXPECT_EQ(list.pairs, 6);
  }
}

TEST(WindowSampler, DrawsWidthsUniformlyUpToTheWindow) {
  auto options = plain();
  options.window = 4;
  Made made(many_lines(100, 1000), 60, options);
  std::vector<double> seen(10, 0);
  double windows = 0;
  WindowList list;
  for (std::int64_t block = 0; block < made.sampler.blocks(); ++block) {
    made.sampler.make(block, list);
    for (const auto& window : list.windows) {
      seen[window.inputs] += 1;
      windows += 1;
    }
  }
  for (const std::size_t n : {2, 4, 6, 8}) EXPECT_NEAR(seen[n] / windows, 0.25, 0.01) << n;
}

TEST(WindowSampler, InExactModeGivesEachPairItsOwnNoise) {
  auto options = plain();
  options.mode = "exact";
  options.negative = 3;
  Made made(many_lines(20, 30), 60, options);
  WindowList list;
  made.sampler.make(0, list);
  std::set<std::vector<std::int32_t>> noise;
  bool repeats = false;
  for (const auto& window : list.windows) {
    EXPECT_EQ(window.inputs, 1);
    EXPECT_LE(window.outputs, 4);
    const auto* outputs = list.ids.data() + window.first + 1;
    noise.insert({outputs + 1, outputs + window.outputs});
    const std::set<std::int32_t> different(outputs, outputs + window.outputs);
    EXPECT_EQ(window.repeats, different.size() < window.outputs);
    repeats |= window.repeats;
  }
  EXPECT_GT(noise.size(), list.windows.size() * 9 / 10);
  EXPECT_TRUE(repeats);
}

/// With n-grams the word in the middle is the input and its neighbours are the true outputs, each with K noise words;
/// none of them is a neighbour or comes twice, and where a neighbour does, the window says so.
TEST(WindowSampler, WithNgramsPredictsTheNeighboursFromTheWord) {
  auto options = plain();
  options.max_n = 6;
  options.negative = 3;
  for (const std::int64_t window : {2, 60}) {
    options.window = window;
    Made made(many_lines(20, 300), 60, options);
    WindowList list;
    made.sampler.make(0, list);
    std::int64_t pairs = 0, noise = 0;
    bool repeats = false;
    for (const auto& made_window : list.windows) {
      EXPECT_EQ(made_window.inputs, 1);
      EXPECT_LE(made_window.outputs, kMaxOutputs);
      const auto* outputs = list.ids.data() + made_window.first + 1;
      std::set<std::int32_t> words;
      bool twice = false, after_noise = false;
      for (int k = 0; k < made_window.outputs; ++k) {
        const bool neighbour = (outputs[k] & 1) != 0, first = words.insert(outputs[k] >> 1).second;
        EXPECT_FALSE(neighbour && after_noise);
        EXPECT_TRUE(neighbour || first);
        twice |= !first;
        after_noise |= !neighbour;
        (neighbour ? pairs : noise) += 1;
      }
      EXPECT_EQ(made_window.repeats, twice);
      repeats |= twice;
    }
    EXPECT_EQ(pairs, list.pairs);
    EXPECT_TRUE(repeats);
    EXPECT_LT(noise, 3 * pairs);  // of 50 words many are drawn that are there already
    if (window > 2) continue;
    EXPECT_GT(noise, 2 * pairs);
    EXPECT_NEAR(static_cast<double>(pairs) / static_cast<double>(list.windows.size()), 3, 0.1);
  }
  options.mode = "exact";
  options.window = 2;
  Made made(many_lines(20, 300), 60, options);
  WindowList list;
  made.sampler.make(0, list);
  for (const auto& window : list.windows) {
    EXPECT_EQ(window.inputs, 1);
    EXPECT_EQ(list.ids[window.first + 1] & 1, 1);
    for (int k = 1; k < window.outputs; ++k) EXPECT_EQ(list.ids[window.first + 1 + static_cast<unsigned>(k)] & 1, 0);
  }
}

TEST(WindowSampler, CutsSentencesAfterAThousandWords) {
  auto options = plain();
  options.window = 100;
  Made made(many_lines(1, 1500), 60, options);
  WindowList list;
  made.sampler.make(0, list);
  const auto* last = &list.windows.front();
  int short_windows = 0;  // next to the cut even a wide window sees one side only
  for (std::size_t i = 900; i < 1100; ++i) short_windows += list.windows[i].inputs < 100 ? 1 : 0;
  EXPECT_GT(short_windows, 60);
  EXPECT_EQ(list.windows.size(), 1500U);
  EXPECT_EQ(last->first, 0U);
  EXPECT_EQ(list.sentence.size(), 500U);
}

TEST(WindowSampler, CoversTheTextOnceAnEpochInWholeLines) {
  const auto lines = many_lines(300, 37);
  auto options = plain();
  options.epochs = 2;
  Made made(lines, 60, options);
  EXPECT_GT(made.sampler.blocks(), 6);
  std::int64_t words = 0;
  WindowList list;
  for (std::int64_t block = 0; block < made.sampler.blocks(); ++block) {
    made.sampler.make(block, list);
    words += static_cast<std::int64_t>(list.windows.size());
    EXPECT_EQ(list.windows.size() % 37, 0U);
  }
  EXPECT_EQ(words, 2 * 300 * 37);
  EXPECT_EQ(made.sampler.tokens_before(made.sampler.blocks()), 2 * made.corpus.size());
}

TEST(WindowSampler, LetsTheRateFallInALineToATenThousandth) {
  auto options = plain();
  options.epochs = 4;
  Made made(many_lines(10, 9), 60, options);  // 100 tokens
  EXPECT_FLOAT_EQ(made.sampler.rate_after(0), 0.05F);
  EXPECT_NEAR(made.sampler.rate_after(200), 0.025, 0.0001);
  EXPECT_FLOAT_EQ(made.sampler.rate_after(400), 0.05F / 401);
  options.mode = "exact";
  EXPECT_DOUBLE_EQ(options.start_rate(), 0.025);
  options.architecture = "cbow";
  EXPECT_DOUBLE_EQ(options.start_rate(), 0.05);
  options.epochs = 2000;
  Made longer(many_lines(10, 9), 60, options);
  EXPECT_FLOAT_EQ(longer.sampler.rate_after(2000 * 100), 0.05F * 1e-4F);
}

}  // namespace
}  // namespace zoo::word2vec
