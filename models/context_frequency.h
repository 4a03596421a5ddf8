#pragma once

#include "models/model.h"

namespace zoo {

/// Knows how often it has seen the words that a prediction rests on. A mixture with such a model may have a weight for
/// each bin of frequencies (Bengio et al. 2003, section 3.1: "conditional on the frequency of the context").
class ContextFrequency {
 public:
  virtual ~ContextFrequency() = default;
  virtual std::int64_t frequency_bins() const = 0;
  /// For each target of `batch` the bin of what stands before it, [B, T] int64. `state` as NextWord::score of the same
  /// model will be given it; it is not changed.
  virtual Tensor context_bins(const Batch& batch, const State& state) const = 0;
};

}  // namespace zoo
