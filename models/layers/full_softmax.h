#pragma once

#include "models/layers/output_layer.h"

namespace zoo {

/// p = softmax(features · weightᵀ + bias): weight [V, D], bias [V].
class FullSoftmax : public OutputLayer {
 public:
  FullSoftmax(std::int64_t vocabulary, std::int64_t width, const Tensor& tied);

  Tensor loss(const Tensor& features, const Tensor& target) override;
  Tensor log_probability(const Tensor& features, const Tensor& target) override;
  Tensor log_softmax(const Tensor& features) override;
  void initialise(std::span<const std::int64_t> counts, at::Generator& random) override;

 protected:
  Tensor weight_, bias_;
  bool tied_;
};

}  // namespace zoo
