// What is true of every kind: coverage, order, resuming, prefetching.
#include "batches/batcher.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "base/random.h"
#include "batches/source.h"
#include "tests/support/errors.h"
#include "tests/support/letters.h"

namespace zoo {
namespace {

/// 60 lines of 1 … 9 words; the i-th word is drawn at random, so that places can hardly be mixed up.
Corpus some_corpus() {
  std::vector<std::vector<TokenId>> lines;
  Random random(7);
  for (int line = 0; line < 60; ++line) {
    auto& row = lines.emplace_back();
    for (auto words = 1 + random.below(9); words > 0; --words) {
      row.push_back(kSpecialTokens + static_cast<TokenId>(random.below(1000)));
    }
    row.push_back(kEnd);
  }
  return Corpus::from_lines(lines, kSpecialTokens + 1000);
}

/// All bytes of a batch.
std::string bytes_of(const Batch& batch) {
  std::string bytes;
  for (const auto& tensor :
       {batch.input, batch.target, batch.lengths, batch.slots, batch.starts, batch.other_input, batch.other_target}) {
    if (!tensor.defined()) {
      bytes += "|undefined|";
      continue;
    }
    const auto whole = tensor.contiguous();
    bytes += c10::str("|", whole.sizes(), "|");
    bytes.append(static_cast<const char*>(whole.data_ptr()), whole.nbytes());
  }
  return bytes;
}

std::vector<std::string> take(Batcher& batcher, std::int64_t count) {
  std::vector<std::string> taken;
  for (std::int64_t i = 0; i < count; ++i) taken.push_back(bytes_of(batcher.next()));
  return taken;
}

struct EveryKind : testing::TestWithParam<std::pair<const char*, Examples>> {
  Examples examples = GetParam().second;
  Batcher batcher(BatcherOptions options) const { return Batcher(some_corpus(), examples, options); }
  bool ordered() const { return std::holds_alternative<Streams>(examples); }
};

std::vector<std::int64_t> targets_of_epoch(Batcher& batcher) {
  std::vector<std::int64_t> targets;
  while (const auto batch = batcher.next_in_epoch()) {
    for (const auto target : numbers_of(batch->target)) {
      if (target != kIgnored) targets.push_back(target);
    }
  }
  return targets;
}

TEST_P(EveryKind, AnEpochHoldsEveryTargetOnceShuffledOrNot) {
  const auto corpus = some_corpus();
  std::vector<std::int64_t> expected(corpus.ids().begin(), corpus.ids().end());
  if (std::holds_alternative<Bags>(examples)) std::erase(expected, std::int64_t{kEnd});
  for (const bool shuffle : {false, true}) {
    auto made = batcher({.batch_size = 7, .shuffle = shuffle});
    for (int epoch = 0; epoch < 3; ++epoch) {
      auto targets = targets_of_epoch(made);
      EXPECT_EQ(made.position().epoch, epoch + 1);
      if (std::holds_alternative<MaskedSentences>(examples)) {
        EXPECT_NEAR(static_cast<double>(targets.size()), static_cast<double>(made.tokens_per_epoch()), 40);
        continue;
      }
      EXPECT_EQ(static_cast<std::int64_t>(targets.size()), made.tokens_per_epoch());
      auto all = expected;
      if (ordered()) all = {expected.begin(), expected.begin() + made.tokens_per_epoch()};
      if (ordered() && std::get<Streams>(examples).direction == Direction::backward) {
        all = {expected.end() - made.tokens_per_epoch(), expected.end()};
      }
      if (ordered()) {
        EXPECT_LT(corpus.size() - made.tokens_per_epoch(), 7);
      }
      std::sort(all.begin(), all.end());
      std::sort(targets.begin(), targets.end());
      EXPECT_EQ(targets, all);
    }
  }
}

TEST_P(EveryKind, ResumedAtAnyBatchItGoesOnAsIfUndisturbed) {
  const BatcherOptions options{.batch_size = 7, .seed = 11};
  auto undisturbed = batcher(options);
  const auto epoch = undisturbed.batches_per_epoch();
  const auto all = take(undisturbed, 3 * epoch);
  auto walked = batcher(options);
  for (std::int64_t start = 0; start < 2 * epoch; start += 5) {
    auto resumed = batcher(options);
    resumed.seek({start / epoch, start % epoch});
    walked.seek({start / epoch, start % epoch});
    const std::vector<std::string> rest(all.begin() + start, all.begin() + start + 4);
    EXPECT_EQ(take(resumed, 4), rest);
    EXPECT_EQ(take(walked, 4), rest);
    const auto position = walked.position();
    EXPECT_EQ(position.epoch * epoch + position.index, start + 4);
  }
}

TEST_P(EveryKind, PrefetchingChangesNothing) {
  auto on_demand = batcher({.batch_size = 5, .prefetch = 0}), ahead = batcher({.batch_size = 5, .prefetch = 9});
  const auto count = 2 * on_demand.batches_per_epoch() + 1;
  EXPECT_EQ(take(on_demand, count), take(ahead, count));
}

TEST_P(EveryKind, TheSeedDecidesTheOrderAndEpochsDiffer) {
  auto one = batcher({.batch_size = 5, .seed = 1}), same = batcher({.batch_size = 5, .seed = 1}),
       other = batcher({.batch_size = 5, .seed = 2});
  const auto count = one.batches_per_epoch();
  const auto first = take(one, count), second = take(one, count);
  EXPECT_EQ(take(same, count), first);
  if (ordered()) {
    EXPECT_EQ(first, second);
    EXPECT_EQ(first, take(other, count));
  } else {
    EXPECT_NE(first, second);
    EXPECT_NE(first, take(other, count));
  }
}

INSTANTIATE_TEST_SUITE_P(Batcher, EveryKind,
                         testing::Values(std::pair{"Windows", Examples(Windows{4})},
                                         std::pair{"Bags", Examples(Bags{3})},
                                         std::pair{"Forward", Examples(Streams{6})},
                                         std::pair{"Backward", Examples(Streams{6, Direction::backward})},
                                         std::pair{"Both", Examples(Streams{6, Direction::both})},
                                         std::pair{"Sentences", Examples(Sentences{6})},
                                         std::pair{"Masked", Examples(MaskedSentences{0.3, 20})}),
                         [](const auto& info) { return std::string(info.param.first); });

TEST(Batcher, AWordsMaskingDependsOnItsPlaceAndNotOnTheBatch) {
  const auto masks = [](std::int64_t batch_size) {
    Batcher batcher(some_corpus(), MaskedSentences{0.3, 20}, {.batch_size = batch_size, .shuffle = false});
    return targets_of_epoch(batcher);
  };
  EXPECT_EQ(masks(3), masks(60));
}

TEST(Batcher, LaterTokensChangeNoEarlierRow) {
  auto one = letters_corpus({"abcd.", "efgh."}), other = letters_corpus({"abcd.", "xyzw."});
  for (const Examples& examples : {Examples(Windows{3}), Examples(Streams{1}), Examples(Sentences{9})}) {
    const BatcherOptions options{.batch_size = 1, .shuffle = false};
    Batcher a(one, examples, options), b(other, examples, options);
    for (std::size_t batches = std::holds_alternative<Sentences>(examples) ? 1 : 5; batches > 0; --batches) {
      EXPECT_EQ(bytes_of(a.next()), bytes_of(b.next()));
    }
    EXPECT_NE(bytes_of(a.next()), bytes_of(b.next()));
  }
}

TEST(Batcher, OnePassEndsAndTheNextBegins) {
  Batcher batcher(letters_corpus({"abc."}), Windows{1}, {.batch_size = 2, .shuffle = false});
  for (int pass = 0; pass < 3; ++pass) {
    EXPECT_TRUE(batcher.next_in_epoch().has_value());
    EXPECT_TRUE(batcher.next_in_epoch().has_value());
    EXPECT_FALSE(batcher.next_in_epoch().has_value());
  }
  batcher.next();
  batcher.next();
  batcher.seek({4, 0});
  EXPECT_TRUE(batcher.next_in_epoch().has_value());
  EXPECT_THAT(error_of([&] { batcher.seek({0, 2}); }), testing::HasSubstr("an epoch has 2 batches"));
}

/// Counts what is asked for, and fails at one place.
struct Failing : BatchSource {
  std::int64_t batches_per_epoch() const override { return 100; }
  std::int64_t tokens_per_epoch() const override { return 100; }
  Batch make(BatchPosition position) override {
    if (position.index == 3) fail("the disk is gone");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    Batch batch;
    batch.input = torch::full({1}, position.index);  // [1]
    return batch;
  }
};

TEST(Batcher, AFailureInTheBackgroundComesAtItsPlaceAndASeekPassesIt) {
  for (const int prefetch : {0, 1, 8}) {
    Batcher batcher(std::make_unique<Failing>(), prefetch);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(batcher.next().input.item<int>(), i);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(error_of([&] { batcher.next(); }), "the disk is gone");
    EXPECT_EQ(batcher.position().index, 3);
    batcher.seek({0, 4});
    EXPECT_EQ(batcher.next().input.item<int>(), 4);
  }
}

TEST(Batcher, EndsAtOnceWhateverIsPrefetched) {
  const auto start = std::chrono::steady_clock::now();
  {
    Batcher batcher(std::make_unique<Failing>(), 1000);
    batcher.seek({0, 4});
    batcher.next();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace zoo
