#pragma once

#include "models/word2vec/weights.h"

namespace zoo::word2vec {

/// The two matrices in half precision, which is what is trained with `storage` float16. The weights lag behind them
/// until settle(); each half is a float32 too, so that a model which was settled, saved and loaded goes on where this
/// one does.
class HalfMatrices {
 public:
  /// `weights` must outlive this.
  explicit HalfMatrices(Weights& weights);

  /// The rows to train; as they were left, or the nearest to the weights if those are newer. The weights are then old.
  Rows<Half> train();
  /// The weights become what was trained.
  void settle();
  /// The same, but what is still nearest to its half keeps its bits: a row that was not touched is left as it was.
  void settle_touched();
  /// The weights were changed by others: what was trained before does not count.
  void forget() { stands_ = Stands::old; }

 private:
  struct Pair {
    Tensor weights;  ///< [rows, D] float32
    Tensor halves;   ///< [rows, D] float16
  };
  std::vector<Pair> pairs() const;

  Weights& weights_;
  Tensor input_;   ///< [V + buckets, D] float16
  Tensor output_;  ///< [V, D] float16
  enum class Stands { old, settled, ahead } stands_ = Stands::old;
};

}  // namespace zoo::word2vec
