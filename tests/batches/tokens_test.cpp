// Batches of so many tokens instead of so many rows.
#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "batches/batcher.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

constexpr std::int64_t kTokens = 60;

/// 200 lines of 1 … 17 words and an end; a line's first word is its number.
Corpus numbered_lines(std::uint64_t seed) {
  std::vector<std::vector<TokenId>> lines;
  Random random(seed);
  for (TokenId line = 0; line < 200; ++line) {
    auto& row = lines.emplace_back(1, kSpecialTokens + line);
    for (auto words = random.below(17); words > 0; --words) row.push_back(kSpecialTokens + 300);
    row.push_back(kEnd);
  }
  return Corpus::from_lines(lines, kSpecialTokens + 301);
}

Batcher pairs(BatcherOptions options) {
  return Batcher(ParallelCorpus{numbered_lines(3), numbered_lines(4)}, SentencePairs{30}, options);
}

/// The lines of a batch, by the first word of each source.
std::vector<std::int64_t> lines_of(const Batch& batch) {
  std::vector<std::int64_t> lines;
  for (std::int64_t row = 0; row < batch.input.size(0); ++row)
    lines.push_back(batch.input[row][0].item<std::int64_t>());
  return lines;
}

struct Epoch {
  std::vector<std::vector<std::int64_t>> batches;
  std::int64_t padding = 0, places = 0;
};

Epoch read_epoch(Batcher& batcher) {
  Epoch epoch;
  while (const auto batch = batcher.next_in_epoch()) {
    epoch.batches.push_back(lines_of(*batch));
    epoch.padding += batch->input.eq(kPad).sum().item<std::int64_t>();
    epoch.places += batch->input.numel();
    // Held to the longest pair, whose two sides are counted together.
    const auto longest = (batch->lengths + batch->target.ne(kIgnored).sum(1)).max().item<std::int64_t>();
    EXPECT_TRUE(batch->input.size(0) == 1 || batch->input.size(0) * longest <= kTokens) << batch->input.sizes();
    for (std::int64_t row = 0; row < batch->input.size(0); ++row) {
      EXPECT_EQ(batch->other_input[row][1].item<std::int64_t>(), batch->input[row][0].item<std::int64_t>())
          << "pairs stay together";
    }
  }
  return epoch;
}

TEST(BatchTokens, EachEpochHoldsEachPairOnceInOtherBatchesOfLikeLength) {
  auto batcher = pairs({.batch_tokens = kTokens, .seed = 5});
  const auto first = read_epoch(batcher), second = read_epoch(batcher);
  for (const auto* epoch : {&first, &second}) {
    EXPECT_EQ(std::ssize(epoch->batches), batcher.batches_per_epoch());
    std::set<std::int64_t> seen;
    for (const auto& batch : epoch->batches) seen.insert(batch.begin(), batch.end());
    EXPECT_EQ(seen.size(), 200u);
  }
  EXPECT_NE(first.batches, second.batches);
  const std::set<std::vector<std::int64_t>> before(first.batches.begin(), first.batches.end());
  const auto same = std::count_if(second.batches.begin(), second.batches.end(),
                                  [&](const auto& batch) { return batch.size() > 1 && before.contains(batch); });
  EXPECT_LT(same, std::ssize(first.batches) / 4) << "rows of one length change places";
  auto by_rows = pairs({.batch_size = 4, .shuffle = false});
  std::int64_t padding = 0;
  while (const auto batch = by_rows.next_in_epoch()) padding += batch->input.eq(kPad).sum().item<std::int64_t>();
  EXPECT_LT(first.padding, padding);
}

TEST(BatchTokens, ABatchIsAFunctionOfItsPlace) {
  auto whole = pairs({.batch_tokens = kTokens, .seed = 5}), parts = pairs({.batch_tokens = kTokens, .seed = 5});
  const auto per_epoch = whole.batches_per_epoch();
  std::vector<std::vector<std::int64_t>> all;
  for (std::int64_t i = 0; i < 2 * per_epoch; ++i) all.push_back(lines_of(whole.next()));
  for (const std::int64_t at : {per_epoch + 3, std::int64_t{1}, per_epoch - 1}) {
    parts.seek({at / per_epoch, at % per_epoch});
    EXPECT_EQ(lines_of(parts.next()), all[static_cast<std::size_t>(at)]) << at;
  }
}

TEST(BatchTokens, WithoutShufflingLinesKeepTheirOrder) {
  auto batcher = pairs({.batch_tokens = kTokens, .shuffle = false});
  std::int64_t expected = kSpecialTokens;
  for (const auto& batch : read_epoch(batcher).batches) {
    for (const auto line : batch) EXPECT_EQ(line, expected++);
  }
  EXPECT_EQ(expected, kSpecialTokens + 200);
}

TEST(BatchTokens, SentencesTakeThemAndRowsOfOneLengthDoNot) {
  Batcher sentences(numbered_lines(3), Sentences{30}, {.batch_tokens = 40});
  std::int64_t rows = 0;
  while (const auto batch = sentences.next_in_epoch()) {
    rows += batch->input.size(0);
    EXPECT_TRUE(batch->input.size(0) == 1 || batch->input.numel() <= 40);
  }
  EXPECT_EQ(rows, 200);
  EXPECT_THAT(error_of([] { Batcher(numbered_lines(3), Windows{3}, {.batch_tokens = 40}); }),
              testing::HasSubstr("batch_size"));
  EXPECT_THAT(error_of([] {
                Batcher(numbered_lines(3), Streams{3, Direction::forward}, {.batch_tokens = 40});
              }),
              testing::HasSubstr("batch_size"));
}

}  // namespace
}  // namespace zoo
