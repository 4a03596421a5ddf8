#pragma once

#include "models/model.h"

namespace zoo {

/// A model that reads marks before and behind a sentence, which belong to the sentence's own vector.
class SentenceMeans {
 public:
  virtual ~SentenceMeans() = default;
  /// One vector a row, [B, D] float32: the mean of the last layer's over all that the model read of it, marks included.
  /// No gradient.
  virtual Tensor sentence_means(const WordRows& rows) const = 0;
};

}  // namespace zoo
