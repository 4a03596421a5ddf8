#pragma once

#include <cstdlib>
#include <memory>

#include "base/random.h"
#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {

/// Rows of `dim` random numbers in ±size, of float or Half, aligned and padded as the kernels want them.
template <class Cell>
class AlignedRows {
 public:
  AlignedRows(std::int64_t rows, std::int64_t dim, float size, std::uint64_t seed)
      : stride(padded<Cell>(dim)), count(rows * stride), data_(make(count)) {
    Random random(seed);
    for (std::int64_t i = 0; i < count; ++i) {
      data_.get()[i] = nearest<Cell>(i % stride < dim ? size * static_cast<float>(2 * random.uniform() - 1) : 0);
    }
  }
  Cell* row(std::int64_t i) { return data_.get() + i * stride; }
  float at(std::int64_t i) const { return to_float(data_.get()[i]); }  ///< i < count

  const std::int64_t stride, count;

 private:
  struct Free {
    void operator()(Cell* p) const { std::free(p); }
  };
  static std::unique_ptr<Cell, Free> make(std::int64_t count) {
    return std::unique_ptr<Cell, Free>(
        static_cast<Cell*>(std::aligned_alloc(64, static_cast<std::size_t>(count) * sizeof(Cell))));
  }
  std::unique_ptr<Cell, Free> data_;
};

}  // namespace zoo::word2vec
