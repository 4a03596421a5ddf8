#pragma once

#include <torch/types.h>

namespace zoo {

/// x on the device where `other` lies; x itself where it lies there already or is undefined.
inline torch::Tensor beside(const torch::Tensor& x, const torch::Tensor& other) {
  return !x.defined() || x.device() == other.device() ? x : x.to(other.device());
}

}  // namespace zoo
