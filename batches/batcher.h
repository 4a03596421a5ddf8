#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "batches/batch.h"
#include "data/corpus.h"
#include "data/examples.h"
#include "data/parallel_corpus.h"

namespace zoo {

struct BatcherOptions {
  std::int64_t batch_size = 32;  ///< rows: examples, slots or lines
  /// Lines and pairs: instead of batch_size, at most so many tokens a batch, padding counted, of a pair those of both
  /// sides; a longer row is a batch of its own. 0: batch_size counts.
  std::int64_t batch_tokens = 0;
  std::uint64_t seed = 1;
  bool shuffle = true;  ///< false: corpus order, for evaluation
  int prefetch = 2;     ///< batches made ahead in the background; 0 makes them on demand
  /// Several processes: each makes its own share of the rows of every batch, as many as the others where `shares`
  /// divides their number. Where there are too few for all, a share without rows is an empty Batch, all its fields
  /// undefined.
  std::int64_t share = 0, shares = 1;
};

class BatchSource;

/// The next batch to be given: all that resuming needs, because a batch is a function of (seed, epoch, index).
struct BatchPosition {
  std::int64_t epoch = 0;
  std::int64_t index = 0;
};

/// (corpus, examples, seed) → batches, epoch after epoch without end, prefetched in the background.
class Batcher {
 public:
  /// Throws Error if the corpus is too short for one batch of this kind, saying how long it must be.
  Batcher(Corpus corpus, const Examples& examples, const BatcherOptions& options);
  /// Two languages. Throws Error if no pair has at most `max_tokens` on each side.
  Batcher(ParallelCorpus corpus, const SentencePairs& pairs, const BatcherOptions& options);
  /// Over any source of batches (batches/source.h).
  Batcher(std::unique_ptr<BatchSource> source, int prefetch);
  ~Batcher();

  /// The batch at position(), which moves on by one.
  Batch next();
  /// The same for one pass: nothing after an epoch's last batch, then the next epoch's first.
  std::optional<Batch> next_in_epoch();
  BatchPosition position() const;
  void seek(BatchPosition position);

  std::int64_t batches_per_epoch() const;
  std::int64_t tokens_per_epoch() const;  ///< targets that are predicted in one epoch

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoo
