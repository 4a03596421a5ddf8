#include "models/word2vec/replicas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "models/word2vec/half_matrices.h"
#include "models/word2vec/self_training.h"
#include "models/word2vec/uses.h"
#include "tests/models/word2vec/grouped_text.h"

namespace zoo::word2vec {
namespace {

TEST(FrequentRows, AreTheMostUsedInTheirOrder) {
  const std::vector<double> uses = {0, 3, 9, 1, 9, 4, 0};
  const FrequentRows rows(uses, 3);
  EXPECT_EQ(std::vector<std::int32_t>(rows.rows().begin(), rows.rows().end()), (std::vector<std::int32_t>{2, 4, 5}));
  EXPECT_EQ(std::vector<std::int32_t>(rows.place().begin(), rows.place().end()),
            (std::vector<std::int32_t>{0, 1, -1, 3, -2, -3, 6}));
  EXPECT_EQ(FrequentRows(uses, 100).rows().size(), 5U);  // those that are used at all
  EXPECT_TRUE(FrequentRows(uses, 0).rows().empty());
}

TEST(Replica, AddsItsChangesToThoseOfOthers) {
  alignas(64) float matrix[3 * 16] = {};
  const std::vector<double> uses = {1, 0, 1};
  const FrequentRows frequent(uses, 2);
  Replica<float> one(frequent, 16), other(frequent, 16);
  matrix[32] = 1;
  one.take(matrix);
  other.take(matrix);
  one.rows()[16] += 0.5F;
  one.rows()[0] = 0.1F;
  other.rows()[17] = 2;  // at a right angle to the other's change
  one.merge(matrix);
  EXPECT_EQ(matrix[0], 0.1F);  // nobody else changed it: the very bits
  EXPECT_EQ(matrix[32], 1.5F);
  other.merge(matrix);
  EXPECT_EQ(matrix[0], 0.1F);
  EXPECT_EQ(matrix[32], 1.5F);
  EXPECT_EQ(matrix[33], 2.0F);
  EXPECT_EQ(other.rows()[0], 0.1F);
  EXPECT_EQ(one.rows()[17], 0.0F) << "heard of at the next merge";
  one.merge(matrix);
  EXPECT_EQ(one.rows()[17], 2.0F);
  one.rows()[17] += 1;
  other.rows()[17] -= 0.25F;  // against it
  one.merge(matrix);
  other.merge(matrix);
  EXPECT_EQ(matrix[33], 2.75F);
}

TEST(Replica, TakesOneOfTwoChangesThatAreTheSame) {
  alignas(64) float matrix[16] = {1, 2};
  const std::vector<double> uses = {1};
  const FrequentRows frequent(uses, 1);
  Replica<float> one(frequent, 16), other(frequent, 16);
  one.take(matrix);
  other.take(matrix);
  one.rows()[0] += 4;
  other.rows()[0] += 4;
  one.merge(matrix);
  other.merge(matrix);
  EXPECT_EQ(matrix[0], 5);
  EXPECT_EQ(matrix[1], 2);
  one.take(matrix);
  one.rows()[0] += 1;
  other.rows()[0] += 3;
  one.merge(matrix);
  other.merge(matrix);
  EXPECT_FLOAT_EQ(matrix[0], 5 + 4 * (1 + 9) / 16.0F);
  one.take(matrix);
  one.rows()[2] = other.rows()[2] = 100;
  one.merge(matrix);
  other.merge(matrix);
  EXPECT_EQ(matrix[2], kLargest);
}

TEST(RowUses, CountOccurrencesNoiseAndTurns) {
  const std::vector<std::int64_t> counts = {0, 0, 0, 0, 0, 8, 2, 4};
  Word2VecOptions options;
  options.sample = 0;
  options.noise_exponent = 1;
  options.negative = 3;
  const std::vector<std::string> pieces = {"", "", "", "", "", "ab", "ac", "zz"};
  const NgramRows ngrams(pieces, {2, 2, 1000});  // "<a" is in two words
  const WindowSampler::Tables tables(counts, options);
  const auto uses = uses_of(counts, tables, options, &ngrams);
  EXPECT_EQ(uses.input[5], 8);
  const auto shared = static_cast<std::size_t>(ngrams.of(5)[1]);
  ASSERT_EQ(ngrams.of(6)[1], static_cast<std::int32_t>(shared));
  EXPECT_EQ(uses.input[shared], 10);
  EXPECT_DOUBLE_EQ(uses.output[7], 4 + 3 * 4);
  options.objective = "hierarchical-softmax";
  const auto turns = uses_of(counts, WindowSampler::Tables(counts, options), options, nullptr);
  EXPECT_EQ(turns.output[1], 14);  // the root
  EXPECT_EQ(turns.output[0], 6);
}

struct Outcome {
  Weights weights;
  double loss = 0;
};

/// One slice over the whole text, with `replicas` rows of each matrix copied for each thread.
Outcome train(const Word2VecOptions& options, const Corpus& corpus, int threads, std::int64_t replicas) {
  Outcome outcome = {Weights(corpus.vocabulary_size(), options.dim, options.subwords(), grouped_words())};
  auto& weights = outcome.weights;
  weights.initialise(1, options.start_range());
  const std::vector<std::int64_t> counts(corpus.counts().begin(), corpus.counts().end());
  const WindowSampler::Tables tables(counts, options);
  const WindowSampler sampler(corpus, tables, options, 1);
  const auto uses = uses_of(counts, tables, options, weights.ngram_rows());
  const ReplicaPlan plan(FrequentRows(uses.input, replicas), FrequentRows(uses.output, replicas), weights.ngram_rows(),
                         2);
  std::vector<Memory> memory(static_cast<std::size_t>(threads));
  const auto slice = [&]<class Cell>(const Rows<Cell>& rows) {
    return Slice<Cell>{.sampler = sampler,
                       .rows = rows,
                       .kernel = fastest_kernel(),
                       .shape = {options.cbow() || weights.composed(), true},
                       .replicas = replicas > 0 ? &plan : nullptr,
                       .threads = memory,
                       .first = 0,
                       .last = sampler.blocks(),
                       .time_out = [] { return false; }};
  };
  HalfMatrices halves(weights);
  const auto result = options.halves() ? train_hogwild(slice(halves.train())) : train_hogwild(slice(weights.rows()));
  halves.settle();
  EXPECT_EQ(result.next, sampler.blocks());
  outcome.loss = result.loss / static_cast<double>(result.pairs);
  return outcome;
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  const auto x = a.contiguous(), y = b.contiguous();
  return std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()) == 0;
}

TEST(Replicas, OfOneThreadChangeNothing) {
  const auto corpus = grouped_text(2000, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const auto& [max_n, storage] :
         {std::pair{0, "float32"}, std::pair{4, "float32"}, std::pair{0, "float16"}, std::pair{4, "float16"}}) {
      auto options = small();
      options.architecture = architecture;
      options.max_n = max_n;
      options.buckets = 500;
      options.storage = storage;
      const auto plain = train(options, corpus, 1, 0);
      for (const std::int64_t replicas : {7, 50, 100000}) {
        const auto copied = train(options, corpus, 1, replicas);
        EXPECT_TRUE(same_bytes(plain.weights.vectors(), copied.weights.vectors())) << architecture << replicas;
        EXPECT_TRUE(same_bytes(plain.weights.output, copied.weights.output)) << architecture << replicas;
        EXPECT_EQ(plain.loss, copied.loss);
      }
    }
  }
}

TEST(Replicas, OfSeveralThreadsLearnTheGroupsAtACostInLoss) {
  const double untrained = 6 * std::log(2.0);  // one word and five noise words, all outputs zero
  const auto corpus = grouped_text(16000, 3);
  for (const std::string architecture : {"skip-gram", "cbow"}) {
    for (const std::string objective : {"negative-sampling", "hierarchical-softmax"}) {
      auto options = small();
      options.architecture = architecture;
      options.objective = objective;
      const auto alone = train(options, corpus, 1, 0), together = train(options, corpus, 4, 60);
      // A thread hears of the others' steps late: README.md, "Copies of frequent words".
      EXPECT_GT(together.loss, 0.95 * alone.loss) << architecture << objective;
      EXPECT_LT(together.loss, (alone.loss + untrained) / 2) << architecture << objective;
      EXPECT_GT(grouped(together.weights.vectors()), 0.95) << architecture << objective;
    }
  }
}

}  // namespace
}  // namespace zoo::word2vec
