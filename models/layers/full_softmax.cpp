#include "models/layers/full_softmax.h"

#include "models/layers/linear_cross_entropy.h"

namespace zoo {

FullSoftmax::FullSoftmax(std::int64_t vocabulary, std::int64_t width, const Tensor& tied) : tied_(tied.defined()) {
  // Another module's parameter is not registered a second time: that module saves and trains it.
  weight_ = tied_ ? tied : register_parameter("weight", torch::zeros({vocabulary, width}));
  bias_ = register_parameter("bias", torch::zeros({vocabulary}));
}

torch::Tensor FullSoftmax::loss(const Tensor& features, const Tensor& target) {
  return linear_cross_entropy(features, weight_, bias_, target);
}

torch::Tensor FullSoftmax::log_probability(const Tensor& features, const Tensor& target) {
  return linear_log_probability(features, weight_, bias_, target);
}

torch::Tensor FullSoftmax::log_softmax(const Tensor& features) { return linear_log_softmax(features, weight_, bias_); }

void FullSoftmax::initialise(std::span<const std::int64_t> counts, at::Generator&) {
  const torch::NoGradGuard no_gradient;
  if (!tied_) weight_.zero_();
  bias_.zero_();
  if (!counts.empty()) bias_.copy_(log_frequencies(counts, bias_.size(0)));
}

}  // namespace zoo
