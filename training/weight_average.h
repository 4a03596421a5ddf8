#pragma once

#include <cstdint>

#include "models/model.h"

namespace zoo {

/// The exponential moving average of the weights over the steps (Polyak & Juditsky 1992, as Vaswani et al. 2017 average
/// their last checkpoints): smoother than the last weights, and usually better. After step t
///   average ← average + (1 − d)·(weights − average),   d = min(decay, (1 + t) / (10 + t)),
/// so that the first steps, whose weights say little, are soon forgotten.
class WeightAverage {
 public:
  /// `parameters` are the model's own tensors. Starts as a copy of them.
  WeightAverage(const Parts& parameters, double decay);

  /// After step `step`, counted from 1.
  void update(std::int64_t step);
  /// Puts the average in the weights' place, and the weights in its own; the second call undoes the first.
  void swap();
  /// "average.NAME" for each parameter: what a checkpoint saves, and writing into the tensors loads it.
  Parts state() const;

 private:
  std::vector<Tensor> weights_, average_;
  std::vector<std::string> names_;
  double decay_;
};

/// Holds the average in the weights' place while it lives; nothing where there is no average.
class AverageInPlace {
 public:
  explicit AverageInPlace(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AverageInPlace() {
    if (average_ != nullptr) average_->swap();
  }
  AverageInPlace(const AverageInPlace&) = delete;
  AverageInPlace& operator=(const AverageInPlace&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace zoo
