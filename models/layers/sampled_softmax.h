#pragma once

#include "models/layers/full_softmax.h"

namespace zoo {

/// The parameters and the scores of FullSoftmax, but trained on the targets and words drawn from a distribution q, the
/// same for all rows of a batch: the work does not grow with V. With s(w) = features · weight[w] + bias[w]:
///   sampled  cross-entropy over {target} ∪ S, each s(w) less log Q(w), Q(w) = 1 − (1 − q(w))^k the expected number of
///            w in the set S of k draws; a target among S is not its own rival (Jean et al. 2015)
///   nce      −log σ(s(t) − log k q(t)) − Σ over the k draws of log(1 − σ(s(w) − log k q(w))) (Mnih & Teh 2012, with
///            the model's normaliser taken to be 1)
/// In evaluation the loss is full's.
class SampledSoftmax : public FullSoftmax {
 public:
  SampledSoftmax(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width,
                 std::span<const std::int64_t> counts, const Tensor& tied);

  Tensor loss(const Tensor& features, const Tensor& target) override;
  using Module::to;
  void to(torch::Device device, bool non_blocking) override;

  /// The loss against these draws [k] of the sampler. Targets are all words.
  Tensor loss_against(const Tensor& features, const Tensor& target, const Tensor& draws) const;
  const Tensor& probabilities() const { return q_; }  ///< of the sampler, [V] double

 private:
  OutputOptions options_;
  Tensor q_;         ///< [V]
  Tensor log_bias_;  ///< what is taken from each word's score, [V] float
};

}  // namespace zoo
