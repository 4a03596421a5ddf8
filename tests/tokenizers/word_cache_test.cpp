#include "tokenizers/word_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/log.h"
#include "base/random.h"
#include "tokenizers/sentencepiece_tokenizer.h"
#include "tokenizers/unigram_margin.h"

namespace zoo {
namespace {

TEST(UnigramMargin, IsTheGapBetweenTheTwoBestOfAllCuts) {
  const std::vector<std::string> pieces = {"▁", "a", "b", "ab", "ba", "▁a", "aab", "é"};
  const std::vector<double> scores = {-2, -3, -3.5, -4.25, -5, -4.5, -6, -7};
  const double unknown = -17;
  const UnigramMargin margin(pieces, scores, unknown);
  for (const std::string text : {"▁aab", "▁ab", "ba", "a", "▁abaabé", "xa", "▁xéx"}) {
    std::vector<double> all;
    std::function<void(std::size_t, double)> cut = [&](std::size_t at, double score) {
      if (at == text.size()) return all.push_back(score);
      std::size_t one = 1;
      while (at + one < text.size() && (static_cast<unsigned char>(text[at + one]) & 0xC0) == 0x80) ++one;
      bool single = false;
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (text.compare(at, pieces[i].size(), pieces[i]) != 0) continue;
        cut(at + pieces[i].size(), score + scores[i]);
        single |= pieces[i].size() == one;
      }
      if (!single) cut(at + one, score + unknown);
    };
    cut(0, 0);
    std::sort(all.rbegin(), all.rend());
    const auto result = margin.of(text);
    EXPECT_DOUBLE_EQ(result.cost, -all[0]) << text;
    if (all.size() == 1) {
      EXPECT_TRUE(std::isinf(result.margin)) << text;
    } else {
      EXPECT_DOUBLE_EQ(result.margin, all[0] - all[1]) << text;
    }
  }
}

// A text of two letters has many cuts of nearly or exactly the same score, which rounding over a long line decides.
TEST(WordCache, GivesTheLibrarysOwnAnswerWhereCutsAreClose) {
  set_quiet(true);
  Random random(3);
  const auto random_line = [&](std::uint64_t length) {
    std::string line;
    while (line.size() < length) line += "aab a"[random.below(5)];
    return line;
  };
  for (const std::string type : {"unigram", "bpe"}) {
    TokenizerOptions options;
    options.type = type;
    options.vocabulary_size = 40;
    const auto trainer = make_tokenizer_trainer(options);
    for (int i = 0; i < 300; ++i) trainer->add(random_line(100));
    const auto tokenizer = trainer->finish();
    for (const std::uint64_t length : {10, 100, 1000, 20000}) {
      for (int i = 0; i < 20; ++i) {
        const auto line = random_line(length);
        std::vector<TokenId> expected;
        dynamic_cast<const SentencePieceTokenizer&>(*tokenizer).encode_by_library(line, expected);
        ASSERT_EQ(tokenizer->encode(line), expected) << type;
      }
    }
  }
}

TEST(WordCache, KeepsOwnersApart) {
  auto& cache = WordCache::of_thread(101);
  const std::vector<TokenId> ids = {7, 8};
  cache.insert("word", ids, 1.5, 0.5);
  ASSERT_NE(cache.find("word"), nullptr);
  EXPECT_EQ(cache.find("word")->cost, 1.5);
  EXPECT_EQ(WordCache::of_thread(102).find("word"), nullptr);
  EXPECT_NE(WordCache::of_thread(101).find("word"), nullptr);
  EXPECT_EQ(WordCache::of_thread(105).find("word"), nullptr);  // takes the place of 101
  EXPECT_EQ(WordCache::of_thread(101).find("word"), nullptr);
}

}  // namespace
}  // namespace zoo
