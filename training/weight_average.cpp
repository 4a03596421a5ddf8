#include "training/weight_average.h"

#include <ATen/ops/_foreach_lerp.h>

#include <algorithm>

namespace zoo {

WeightAverage::WeightAverage(const Parts& parameters, double decay) : decay_(decay) {
  for (const auto& [name, tensor] : parameters) {
    names_.push_back("average." + name);
    weights_.push_back(tensor.detach());
    average_.push_back(tensor.detach().clone());
  }
}

void WeightAverage::update(std::int64_t step) {
  const torch::NoGradGuard no_gradient;
  const auto at = static_cast<double>(step);
  at::_foreach_lerp_(average_, weights_, 1 - std::min(decay_, (1 + at) / (10 + at)));
}

void WeightAverage::swap() {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto kept = weights_[i].clone();
    weights_[i].copy_(average_[i]);
    average_[i].copy_(kept);
  }
}

Parts WeightAverage::state() const {
  Parts parts;
  for (std::size_t i = 0; i < names_.size(); ++i) parts.emplace_back(names_[i], average_[i]);
  return parts;
}

}  // namespace zoo
