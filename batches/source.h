#pragma once

#include <cstdint>
#include <memory>

#include "batches/batch.h"
#include "batches/batcher.h"

namespace zoo {

/// One kind of Examples made into batches: what stands behind a Batcher. make() is a function of its position alone;
/// a source may keep what it computed last, so that only one thread at a time may ask.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual std::int64_t batches_per_epoch() const = 0;
  virtual std::int64_t tokens_per_epoch() const = 0;
  /// `position.index` lies in [0, batches_per_epoch()). An empty Batch where the share has no row.
  virtual Batch make(BatchPosition position) = 0;
};

std::unique_ptr<BatchSource> window_source(Corpus corpus, Windows windows, const BatcherOptions& options);
std::unique_ptr<BatchSource> bag_source(Corpus corpus, Bags bags, const BatcherOptions& options);
std::unique_ptr<BatchSource> stream_source(Corpus corpus, Streams streams, const BatcherOptions& options);
std::unique_ptr<BatchSource> sentence_source(Corpus corpus, Sentences sentences, const BatcherOptions& options);
std::unique_ptr<BatchSource> masked_source(Corpus corpus, MaskedSentences sentences, const BatcherOptions& options);
std::unique_ptr<BatchSource> pair_source(ParallelCorpus corpus, SentencePairs pairs, const BatcherOptions& options);

/// A process's share of a batch of `rows` rows.
struct RowShare {
  std::int64_t first, count;
};
inline RowShare share_of(std::int64_t rows, const BatcherOptions& options) {
  const auto first = rows * options.share / options.shares;
  return {first, rows * (options.share + 1) / options.shares - first};
}

inline std::int64_t divide_up(std::int64_t total, std::int64_t by) { return (total + by - 1) / by; }

}  // namespace zoo
