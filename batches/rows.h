#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "batches/batcher.h"
#include "data/corpus.h"

namespace zoo {

/// The lines of a corpus as rows of at most `max_tokens`: a longer line goes on in rows of its own, an empty one makes
/// none. Where all lines fit, this is the corpus's own table of lines and takes no memory.
class LineRows {
 public:
  LineRows(const Corpus& corpus, std::int64_t max_tokens);

  std::int64_t size() const { return static_cast<std::int64_t>(starts().size()) - 1; }
  std::int64_t begin(std::int64_t row) const {
    return static_cast<std::int64_t>(starts()[static_cast<std::size_t>(row)]);
  }
  std::int64_t end(std::int64_t row) const { return begin(row + 1); }
  std::int64_t length(std::int64_t row) const { return end(row) - begin(row); }
  /// Whether a line begins here, and not the rest of a long one.
  bool starts_line(std::int64_t row) const;

 private:
  std::span<const std::uint64_t> starts() const { return cut_.empty() ? lines_ : std::span(cut_); }

  std::span<const std::uint64_t> lines_;
  std::vector<std::uint64_t> cut_;
};

/// Which rows make which batch: rows of like length together, so that little is padding. The shuffled rows of an epoch
/// are taken 64 batches at a time, sorted by length, cut into batches and these given in random order; so a batch is a
/// function of its position, at the cost of drawing one such pool. Not shuffled: rows in order.
/// With batch_tokens, batches hold as many rows as fit: all rows are sorted by length once and cut into batches, which
/// are the same numbers of rows in each epoch; which rows of equal length stand where is drawn anew for each, and so is
/// the order of the batches. It takes 8 bytes a row. Not shuffled: rows in order, cut in the same way.
class Buckets {
 public:
  using Length = std::function<std::int64_t(std::int64_t row)>;
  Buckets(std::int64_t rows, Length length, const BatcherOptions& options);

  std::int64_t batches() const;
  /// The rows of one batch, or of this process's share of it; valid until the next call.
  std::span<const std::int64_t> batch(BatchPosition position);

 private:
  void draw_pool(std::int64_t epoch, std::int64_t pool);
  void cut_by_tokens();
  void draw_by_tokens(BatchPosition position);

  std::int64_t rows_;
  Length length_;
  BatcherOptions options_;
  std::int64_t pool_epoch_ = -1, pool_number_ = -1;  ///< the pool at hand
  std::vector<std::int64_t> pool_;
  std::vector<std::int64_t> order_;  ///< of the pool's batches
  // With batch_tokens:
  std::vector<std::int64_t> sorted_, cuts_;  ///< rows by length; where each batch begins among them, and their end
};

}  // namespace zoo
