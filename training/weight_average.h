#pragma once

#include <cstdint>
#include <memory>

#include "models/model.h"

namespace zoo {

/// Another set of weights, made from those that training goes through, that is validated and kept instead of the last.
class AveragedWeights {
 public:
  virtual ~AveragedWeights() = default;
  /// After step `step`, counted from 1.
  virtual void update(std::int64_t step) = 0;
  /// After the validation that falls due at a step.
  virtual void validated() = 0;
  /// Puts the average in the weights' place, and the weights in its own; the second call undoes the first.
  virtual void swap() = 0;
  /// What a checkpoint saves; writing into the tensors loads it.
  virtual Parts state() const = 0;
};

/// The exponential moving average of the weights over the steps (Polyak & Juditsky 1992): smoother than the last
/// weights, and usually better. After step t
///   average ← average + (1 − d)·(weights − average),   d = min(decay, (1 + t) / (10 + t)),
/// so that the first steps, whose weights say little, are soon forgotten.
class WeightAverage : public AveragedWeights {
 public:
  /// `parameters` are the model's own tensors. Starts as a copy of them.
  WeightAverage(const Parts& parameters, double decay);

  void update(std::int64_t step) override;
  void validated() override {}
  void swap() override;
  Parts state() const override;  ///< "average.NAME" for each parameter

 private:
  std::vector<Tensor> weights_, average_;
  std::vector<std::string> names_;
  double decay_;
};

/// The mean of the weights as they are and as they were at the validations before, `count` in all, as Vaswani et al.
/// (2017, §6.1) average their last 5 checkpoints. It takes count − 1 copies of the weights, in memory and in states.
class LastWeights : public AveragedWeights {
 public:
  LastWeights(const Parts& parameters, std::int64_t count);

  void update(std::int64_t) override {}
  void validated() override;
  void swap() override;
  Parts state() const override;  ///< "last.N.NAME" for each copy and parameter, and how many were made: "last.seen"

 private:
  std::vector<Tensor> weights_, own_;
  std::vector<std::vector<Tensor>> copies_;
  std::vector<std::string> names_;
  Tensor seen_;  ///< [1] int64
  bool swapped_ = false;
};

/// Holds the average in the weights' place while it lives; nothing where there is no average.
class AverageInPlace {
 public:
  explicit AverageInPlace(AveragedWeights* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AverageInPlace() {
    if (average_ != nullptr) average_->swap();
  }
  AverageInPlace(const AverageInPlace&) = delete;
  AverageInPlace& operator=(const AverageInPlace&) = delete;

 private:
  AveragedWeights* average_;
};

}  // namespace zoo
