#include "models/layers/projection.h"

#include "models/layers/product.h"

namespace zoo {

torch::Tensor ProjectionImpl::forward(const torch::Tensor& x) {
  return packed_ ? (*packed_)(x) : linear(x, weight, bias);
}

}  // namespace zoo
