#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "models/layers/output_layer.h"

namespace zoo {

/// Efficient softmax approximation for GPUs (Grave, Joulin, Cissé, Grangier and Jégou, ICML 2017). Words go by their
/// frequency: those of rank below the first cutoff c_1, and one place for each cluster, share the head; cluster i holds
/// the ranks from c_i to c_{i+1} and sees the features through a projection to D / shrink^i numbers:
///   p(w) = p_head(w)                         rank(w) < c_1
///   p(w) = p_head(cluster i) · p_i(w)        else
/// The same model and names as PyTorch's AdaptiveLogSoftmaxWithLoss with head_bias:
///   head.weight [c_1 + clusters, D]   head.bias   tail.i.0.weight [D/shrink^(i+1), D]   tail.i.1.weight [size, D/…]
///   order [V] int64: the word of each rank
class AdaptiveSoftmax : public OutputLayer {
 public:
  AdaptiveSoftmax(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width,
                  std::span<const std::int64_t> counts);

  Tensor loss(const Tensor& features, const Tensor& target) override;
  Tensor log_probability(const Tensor& features, const Tensor& target) override;
  Tensor log_softmax(const Tensor& features) override;
  void initialise(std::span<const std::int64_t> counts, at::Generator& random) override;
  void loaded() override;
  using Module::to;
  void to(torch::Device device, bool non_blocking) override;

 private:
  struct Cluster {
    std::int64_t first, size;  ///< ranks
    Tensor down, weight, no_bias;
  };
  /// Target by target: its place in the head, and for each cluster the rows that go there with their place in it.
  struct Places {
    Tensor head;                                  ///< [N], kIgnored where ignored
    std::vector<std::pair<Tensor, Tensor>> tail;  ///< a cluster: rows [n], places [n]
  };
  Places places(const Tensor& target) const;

  std::int64_t first_cutoff_;
  Tensor head_weight_, head_bias_, order_, rank_;
  std::vector<Cluster> clusters_;
};

/// Numbers to learn.
double adaptive_parameters(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width);

}  // namespace zoo
