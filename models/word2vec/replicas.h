#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/word2vec/kernels/half.h"

namespace zoo::word2vec {

// With several threads the cost of training is cache lines that travel between cores: the rows of frequent words are
// written by all threads all the time. So each thread has copies of the most used rows for itself, and adds what it
// changed to the shared ones now and then, under a lock. Frequent words get so many updates that it does not matter
// when a thread hears of the others'.

/// The most used rows of a matrix.
class FrequentRows {
 public:
  /// uses: [rows] how often each row is touched, in any unit; those of no use are never taken.
  FrequentRows(std::span<const double> uses, std::int64_t most);

  std::span<const std::int32_t> rows() const { return rows_; }  ///< in their order in the matrix
  /// [rows] for each row of the matrix: the row itself, or −1 − i where it is rows()[i].
  std::span<const std::int32_t> place() const { return place_; }

 private:
  std::vector<std::int32_t> rows_, place_;
};

/// One thread's copies of the frequent rows of one matrix, of float or Half like the matrix.
template <class Cell>
class Replica {
 public:
  /// `frequent` must outlive this. Rows are `stride` components.
  Replica(const FrequentRows& frequent, std::int64_t stride);

  Cell* rows() { return own_; }   ///< copy i at rows() + i·stride, aligned to 64 bytes
  void take(const Cell* matrix);  ///< the rows as they are now
  /// Adds to the matrix what was changed here since the last merge, then takes its rows. Where others changed the row
  /// too, and in the same direction, the sum of both changes is scaled to (|a|² + |b|²) / |a + b|² of it: threads that
  /// step from the same old row take the same gradient, and would step too far together. Components are held within
  /// ±kLargest. A row that nobody else has changed becomes this thread's, to the bit. Sums of halves are made in float
  /// and go to the nearest half. Not to be called by two threads at once.
  void merge(Cell* matrix);

 private:
  const FrequentRows& frequent_;
  std::int64_t stride_;
  std::vector<Cell> memory_;
  Cell *own_, *taken_;
};

}  // namespace zoo::word2vec
