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

LastWeights::LastWeights(const Parts& parameters, std::int64_t count)
    : copies_(static_cast<std::size_t>(std::max<std::int64_t>(1, count) - 1)), seen_(torch::zeros({1}, torch::kInt64)) {
  for (const auto& [name, tensor] : parameters) {
    names_.push_back(name);
    weights_.push_back(tensor.detach());
    for (auto& copy : copies_) copy.push_back(torch::zeros_like(tensor));
  }
}

void LastWeights::validated() {
  if (copies_.empty()) return;
  const torch::NoGradGuard no_gradient;
  auto& seen = *seen_.data_ptr<std::int64_t>();
  auto& oldest = copies_[static_cast<std::size_t>(seen++) % copies_.size()];
  for (std::size_t i = 0; i < weights_.size(); ++i) oldest[i].copy_(weights_[i]);
}

void LastWeights::swap() {
  const torch::NoGradGuard no_gradient;
  swapped_ = !swapped_;
  if (!swapped_) {
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i].copy_(own_[i]);
    own_.clear();
    return;
  }
  const auto seen = static_cast<std::size_t>(seen_.item<std::int64_t>());
  const auto copies = std::min(copies_.size(), seen);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    own_.push_back(weights_[i].clone());
    for (std::size_t c = 0; c < copies; ++c) weights_[i].add_(copies_[c][i]);
    weights_[i].div_(static_cast<double>(copies + 1));
  }
}

Parts LastWeights::state() const {
  Parts parts = {{"last.seen", seen_}};
  for (std::size_t c = 0; c < copies_.size(); ++c) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      parts.emplace_back("last." + std::to_string(c) + "." + names_[i], copies_[c][i]);
    }
  }
  return parts;
}

}  // namespace zoo
