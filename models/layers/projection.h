#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "models/layers/packed_product.h"

namespace zoo {

/// A linear layer, y = x · weightᵀ + bias, that can be packed for inference.
class ProjectionImpl : public torch::nn::LinearImpl {
 public:
  using torch::nn::LinearImpl::LinearImpl;
  /// x [..., K] → [..., M]
  torch::Tensor forward(const torch::Tensor& x);
  /// From now on products are made of a copy of the weights in these numbers. Changes of `weight` and `bias` are not
  /// seen any more, and there is no gradient.
  void pack(Precision precision) { packed_ = std::make_shared<const PackedProduct>(weight, bias, precision); }

 private:
  std::shared_ptr<const PackedProduct> packed_;
};
TORCH_MODULE(Projection);

}  // namespace zoo
