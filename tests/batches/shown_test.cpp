// What a model is fed, letter by letter: the pictures of docs/batches.md.
#include "batches/batcher.h"

#include <algorithm>

#include "tests/support/errors.h"
#include "tests/support/letters.h"

namespace zoo {
namespace {

using Numbers = std::vector<std::int64_t>;

Batcher in_order(const Texts& lines, const Examples& examples, std::int64_t batch_size) {
  return Batcher(letters_corpus(lines), examples, {.batch_size = batch_size, .shuffle = false});
}

TEST(Windows, EachTokenComesAfterTheTokensBeforeItOverLineEnds) {
  auto batcher = in_order({"abc.", "de."}, Windows{3}, 5);
  EXPECT_EQ(batcher.batches_per_epoch(), 2);
  EXPECT_EQ(batcher.tokens_per_epoch(), 7);
  auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"...", "..a", ".ab", "abc", "bc."}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"a", "b", "c", ".", "d"}));
  EXPECT_EQ(batch.target.dim(), 1);
  EXPECT_FALSE(batch.lengths.defined());
  batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"c.d", ".de"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"e", "."}));
}

TEST(Bags, AWordHasItsNeighboursWithinItsLine) {
  auto batcher = in_order({"abcde.", "f.", "gh."}, Bags{2}, 8);
  EXPECT_EQ(batcher.tokens_per_epoch(), 8);
  const auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"bc__", "acd_", "abde", "bce_", "cd__", "____", "h___", "g___"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"a", "b", "c", "d", "e", "f", "g", "h"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{2, 3, 4, 3, 2, 0, 1, 1}));
}

TEST(Bags, ATextWithoutLineEndsIsTreatedTheSame) {
  const auto batch = in_order({"ab", "", "cde"}, Bags{1}, 8).next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"b_", "a_", "d_", "ce", "d_"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"a", "b", "c", "d", "e"}));
}

TEST(Streams, SlotsAreReadSideBySideAndGoOn) {
  auto batcher = in_order({"abcd.", "efghi."}, Streams{3}, 2);
  EXPECT_EQ(batcher.batches_per_epoch(), 2);
  EXPECT_EQ(batcher.tokens_per_epoch(), 10);  // of 11: one token fills no step of both slots
  auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{".ab", ".ef"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"abc", "efg"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{3, 3}));
  EXPECT_EQ(numbers_of(batch.slots), (Numbers{0, 1}));
  EXPECT_EQ(numbers_of(batch.starts), (Numbers{1, 1}));
  EXPECT_EQ(batch.starts.scalar_type(), torch::kBool);
  batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"cd", "gh"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"d.", "hi"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{2, 2}));
  EXPECT_EQ(numbers_of(batch.starts), (Numbers{0, 0}));
}

TEST(Streams, BackwardIsTheSameOnTheReversedText) {
  auto batcher = in_order({"abcd.", "efghi."}, Streams{3, Direction::backward}, 2);
  auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"..i", "fe."}));
  EXPECT_EQ(letters_of(batch.target), (Texts{".ih", "e.d"}));
  batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"hg", "dc"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"gf", "cb"}));
}

TEST(Streams, BothDirectionsAreTheForwardAndTheBackwardStreamSideBySide) {
  auto batcher = in_order({"abcd.", "efghi."}, Streams{3, Direction::both}, 2);
  auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{".ab", ".ef"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"abc", "efg"}));
  EXPECT_EQ(letters_of(batch.other_input), (Texts{"..i", "fe."}));
  EXPECT_EQ(letters_of(batch.other_target), (Texts{".ih", "e.d"}));
  batch = batcher.next();  // each goes on where it stopped
  EXPECT_EQ(letters_of(batch.target), (Texts{"d.", "hi"}));
  EXPECT_EQ(letters_of(batch.other_input), (Texts{"hg", "dc"}));
  EXPECT_EQ(letters_of(batch.other_target), (Texts{"gf", "cb"}));
}

TEST(Streams, OneSlotLeavesNothingOut) {
  auto batcher = in_order({"abcd.", "ef."}, Streams{5}, 1);
  EXPECT_EQ(batcher.tokens_per_epoch(), 8);
  EXPECT_EQ(letters_of(batcher.next().target), Texts{"abcd."});
  EXPECT_EQ(letters_of(batcher.next().target), Texts{"ef."});
}

TEST(Sentences, ALineIsPredictedFromItsBeginAndPadded) {
  auto batcher = in_order({"abc.", "d.", "efghi."}, Sentences{4}, 2);
  EXPECT_EQ(batcher.tokens_per_epoch(), 12);
  auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"^abc", "^d__"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"abc.", "d.--"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{4, 2}));
  batch = batcher.next();  // the rest of a long line begins with the token before it
  EXPECT_EQ(letters_of(batch.input), (Texts{"^efg", "hi__"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"efgh", "i.--"}));
}

TEST(Sentences, ShuffledRowsOfLikeLengthComeTogether) {
  Batcher batcher(letters_corpus({"abcdef.", "g.", "hijklm.", "n.", "opqrst.", "u."}), Sentences{10},
                  {.batch_size = 3, .seed = 5});
  const auto one = numbers_of(batcher.next().lengths), other = numbers_of(batcher.next().lengths);
  const Numbers short_rows{2, 2, 2}, long_rows{7, 7, 7};
  EXPECT_TRUE((one == short_rows && other == long_rows) || (one == long_rows && other == short_rows));
}

TEST(MaskedSentences, WhatIsHiddenIsPredictedAndNothingElse) {
  Batcher batcher(letters_corpus({"abcdefgh.", "ijk?."}), MaskedSentences{0.5, 16},
                  {.batch_size = 2, .seed = 3, .shuffle = false});
  const auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"ab#wef##.", "#jk#.____"}));  // w is a random word, j is shown as it is
  EXPECT_EQ(letters_of(batch.target), (Texts{"--cd--gh-", "ij-?-----"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{9, 5}));
}

TEST(MaskedSentences, TheSharesAreThoseOfBert) {
  const std::string line(1000, 'q');
  Batcher batcher(letters_corpus(Texts(100, line + ".")), MaskedSentences{0.15, 2000}, {.batch_size = 100});
  EXPECT_EQ(batcher.tokens_per_epoch(), 15'000);
  const auto batch = batcher.next();
  const auto chosen = batch.target != kIgnored;  // [B, T]
  const auto share = [&](const Tensor& of) { return (of & chosen).sum().item<double>() / chosen.sum().item<double>(); };
  EXPECT_NEAR(chosen.sum().item<double>() / 100'000, 0.15, 0.005);
  EXPECT_NEAR(share(batch.input == kMask), 0.8, 0.015);
  EXPECT_NEAR(share(batch.input == batch.target), 0.1 + 0.1 / 26, 0.01);
  EXPECT_TRUE((batch.target.masked_select(chosen) == id_of_letter('q')).all().item<bool>());
  EXPECT_TRUE(((batch.input == id_of_letter('q')) | (batch.input == kEnd) | chosen).all().item<bool>());
  EXPECT_TRUE((batch.input.masked_select(chosen) >= kEnd + 1).all().item<bool>());  // words and kMask only
}

TEST(SentencePairs, TheDecoderBeginsAndTheEncoderEnds) {
  const ParallelCorpus corpus{letters_corpus({"ab.", "c.", "defghi."}), letters_corpus({"x.", "yzw.", "v."})};
  Batcher batcher(corpus, SentencePairs{4}, {.batch_size = 2, .shuffle = false});
  EXPECT_EQ(batcher.batches_per_epoch(), 1);  // the third pair is too long
  EXPECT_EQ(batcher.tokens_per_epoch(), 6);
  const auto batch = batcher.next();
  EXPECT_EQ(letters_of(batch.input), (Texts{"ab.", "c._"}));
  EXPECT_EQ(numbers_of(batch.lengths), (Numbers{3, 2}));
  EXPECT_EQ(letters_of(batch.other_input), (Texts{"^x__", "^yzw"}));
  EXPECT_EQ(letters_of(batch.target), (Texts{"x.--", "yzw."}));
}

TEST(SentencePairs, ShuffledEveryPairComesOnceAndStaysTogether) {
  Texts source, target;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    source.push_back(std::string(1 + (letter - 'a') % 5, letter) + ".");
    target.push_back(std::string(1 + (letter - 'a') % 3, letter) + ".");
  }
  Batcher batcher(ParallelCorpus{letters_corpus(source), letters_corpus(target)}, SentencePairs{9}, {.batch_size = 4});
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::string seen;
    while (const auto batch = batcher.next_in_epoch()) {
      const auto inputs = letters_of(batch->input), targets = letters_of(batch->target);
      for (std::size_t b = 0; b < inputs.size(); ++b) {
        EXPECT_EQ(inputs[b][0], targets[b][0]);
        seen += inputs[b][0];
      }
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, "abcdefghijklmnopqrstuvwxyz");
  }
}

TEST(Batcher, SaysWhatItCannotFeed) {
  EXPECT_THAT(error_of([] { in_order({"ab."}, Streams{3}, 4); }), testing::HasSubstr("3 tokens cannot fill 4 slots"));
  EXPECT_THAT(error_of([] { in_order({"."}, Bags{3}, 4); }), testing::HasSubstr("holds no word"));
  EXPECT_THAT(error_of([] { in_order({}, Windows{3}, 4); }), testing::HasSubstr("empty"));
  EXPECT_THAT(error_of([] { in_order({}, Sentences{3}, 4); }), testing::HasSubstr("empty"));
  EXPECT_THAT(error_of([] { Batcher(letters_corpus({"abc."}), Windows{4}, {.batch_size = 4}); }),
              testing::HasSubstr("a context of 4 tokens before each one, and the text has 4"));
  EXPECT_THAT(error_of([] { in_order({"ab."}, Windows{0}, 4); }), testing::HasSubstr("context of 0"));
  EXPECT_THAT(error_of([] { in_order({"ab."}, Sentences{0}, 4); }), testing::HasSubstr("max_tokens: 0"));
  EXPECT_THAT(error_of([] { in_order({"ab."}, MaskedSentences{1.5, 9}, 4); }), testing::HasSubstr("rate of 1.5"));
  EXPECT_THAT(error_of([] { in_order({"ab."}, SentencePairs{9}, 4); }), testing::HasSubstr("two aligned texts"));
  EXPECT_THAT(error_of([] {
                Batcher({letters_corpus({"abc."}), letters_corpus({"a."})}, SentencePairs{2}, {.batch_size = 1});
              }),
              testing::HasSubstr("none of 1 has at most 2 tokens"));
  EXPECT_THAT(error_of([] { in_order({"ab."}, Windows{1}, 0); }), testing::HasSubstr("batch_size: 0"));
}

}  // namespace
}  // namespace zoo
