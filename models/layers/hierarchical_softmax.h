#pragma once

#include "models/layers/huffman.h"
#include "models/layers/output_layer.h"

namespace zoo {

/// p(w) = Π over the turns from the root to w of σ(± (weight[node] · features + bias[node])), + for the first child:
/// Morin & Bengio 2005, on the Huffman tree of the words' counts (Mikolov et al. 2013). A word costs as many products
/// as it has turns, about log₂ of its perplexity as a unigram. Exact as it is trained: turns to both sides sum to one.
///   weight [V − 1, D]   bias [V − 1]   counts [V] int64, of which the tree is made
class HierarchicalSoftmax : public OutputLayer {
 public:
  HierarchicalSoftmax(std::int64_t vocabulary, std::int64_t width, std::span<const std::int64_t> counts);

  Tensor loss(const Tensor& features, const Tensor& target) override;
  Tensor log_probability(const Tensor& features, const Tensor& target) override;
  Tensor log_softmax(const Tensor& features) override;
  void initialise(std::span<const std::int64_t> counts, at::Generator& random) override;
  void loaded() override;

 private:
  struct Turns;
  /// log σ(± …) of every turn on the way to every target: one number a turn, with the row that it belongs to.
  Turns turns(const Tensor& features, const Tensor& target) const;

  Tensor weight_, bias_, counts_;
  std::unique_ptr<Huffman> tree_;
};

}  // namespace zoo
