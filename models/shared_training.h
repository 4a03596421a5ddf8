#pragma once

#include <vector>

#include "batches/batch.h"

namespace zoo {

/// What a model that trains itself can be as well (asked for by dynamic_cast from SelfTrained): trained by several
/// processes together.
class SharedTraining {
 public:
  virtual ~SharedTraining() = default;
  /// From now on, after begin(), advance() trains one of `shares` parts of a slice that ends at a place of the text,
  /// not at a time, while other processes train the others; loss_sum and loss_count are those of this part. Returns the
  /// matrices [rows, width] whose rows the driver brings together after each slice.
  virtual std::vector<Tensor> share(std::int64_t share, std::int64_t shares) = 0;
};

}  // namespace zoo
