// Several processes share every batch: together their shares are the batch of one.
#include "batches/batcher.h"
#include "tests/support/letters.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace zoo {
namespace {

BatcherOptions options_for(std::int64_t share, std::int64_t shares, std::int64_t batch_size) {
  return {.batch_size = batch_size, .seed = 3, .prefetch = 0, .share = share, .shares = shares};
}

Corpus text() {
  return letters_corpus({"abcde.", "fg.", "hijklmn.", "opq.", "rstu.", "vwxyz.", "abc.", "defghi.", "j."});
}

/// Without what pads a row, because shares are only as wide as their own longest.
std::string row_of(const Tensor& tensor, std::int64_t row) {
  auto text = letters_of(tensor)[static_cast<std::size_t>(row)];
  while (!text.empty() && (text.back() == '_' || text.back() == '-')) text.pop_back();
  return text;
}

/// The rows of an epoch, batch by batch: [batch][row] = input, target and the other input.
std::vector<Texts> rows_of(Batcher& batcher) {
  std::vector<Texts> batches;
  while (const auto batch = batcher.next_in_epoch()) {
    auto& rows = batches.emplace_back();
    for (std::int64_t row = 0; batch->input.defined() && row < batch->input.size(0); ++row) {
      rows.push_back(row_of(batch->input, row) + " " + row_of(batch->target, row));
      if (batch->other_input.defined()) rows.back() += " " + row_of(batch->other_input, row);
    }
  }
  return batches;
}

using Make = std::function<Batcher(const BatcherOptions&)>;

void expect_shares_make_the_whole(const Make& make, std::int64_t batch_size, std::int64_t shares) {
  auto whole = make(options_for(0, 1, batch_size));
  const auto expected = rows_of(whole);
  std::vector<Texts> joined(expected.size());
  for (std::int64_t share = 0; share < shares; ++share) {
    auto part = make(options_for(share, shares, batch_size));
    EXPECT_EQ(part.batches_per_epoch(), whole.batches_per_epoch());
    EXPECT_EQ(part.tokens_per_epoch(), whole.tokens_per_epoch());
    const auto rows = rows_of(part);
    ASSERT_EQ(rows.size(), expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) joined[i].insert(joined[i].end(), rows[i].begin(), rows[i].end());
  }
  EXPECT_EQ(joined, expected);
}

void expect_shares_make_the_whole(const Examples& examples) {
  const auto make = [&](const BatcherOptions& options) { return Batcher(text(), examples, options); };
  expect_shares_make_the_whole(make, 4, 2);
  expect_shares_make_the_whole(make, 6, 3);
  expect_shares_make_the_whole(make, 8, 4);  // the last batch has fewer rows than that
}

TEST(Shares, OfWindowsAreTheWholeBatch) { expect_shares_make_the_whole(Windows{2}); }
TEST(Shares, OfBagsAreTheWholeBatch) { expect_shares_make_the_whole(Bags{2}); }
TEST(Shares, OfStreamsAreTheWholeBatch) {
  expect_shares_make_the_whole(Streams{3, Direction::forward});
  expect_shares_make_the_whole(Streams{3, Direction::both});
}
TEST(Shares, OfSentencesAreTheWholeBatch) { expect_shares_make_the_whole(Sentences{5}); }
TEST(Shares, OfMaskedSentencesAreTheWholeBatch) { expect_shares_make_the_whole(MaskedSentences{0.4, 5}); }
TEST(Shares, OfPairsAreTheWholeBatch) {
  const ParallelCorpus corpus{text(), letters_corpus({"a.", "bb.", "ccc.", "d.", "e.", "f.", "g.", "h.", "i."})};
  const auto make = [&](const BatcherOptions& options) { return Batcher(corpus, SentencePairs{20}, options); };
  expect_shares_make_the_whole(make, 4, 2);
  expect_shares_make_the_whole(make, 8, 4);
}

TEST(Shares, OfStreamsNumberTheirSlotsFromNought) {
  Batcher second(text(), Streams{3, Direction::forward}, options_for(1, 2, 4));
  EXPECT_EQ(numbers_of(second.next().slots), (std::vector<std::int64_t>{0, 1}));
}

TEST(Shares, WithoutRowsAreEmptyBatches) {
  const auto corpus = letters_corpus({"ab.", "c."});
  for (std::int64_t share = 0; share < 4; ++share) {
    Batcher batcher(corpus, Sentences{5}, options_for(share, 4, 4));
    EXPECT_EQ(batcher.next().input.defined(), share % 2 == 1) << share;
  }
}

TEST(Shares, OfBagsNumberTheirRowsAsTheWholeBatchDoes) {
  Batcher whole(text(), Bags{2}, options_for(0, 1, 8)), second(text(), Bags{2}, options_for(1, 2, 8));
  const auto numbers = numbers_of(whole.next().slots);
  EXPECT_EQ(numbers_of(second.next().slots), std::vector(numbers.begin() + 4, numbers.end()));
  std::set<std::int64_t> all(numbers.begin(), numbers.end());
  for (std::int64_t i = 1; i < 2 * whole.batches_per_epoch(); ++i) {
    for (const auto number : numbers_of(whole.next().slots)) EXPECT_TRUE(all.insert(number).second) << number;
  }
}

}  // namespace
}  // namespace zoo
