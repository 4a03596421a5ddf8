#pragma once

#include <torch/types.h>

namespace zoo {

/// Inverted dropout (Srivastava et al. 2014): each number of x is zeroed with probability `share`, 0 … 1, and the
/// others are divided by 1 − share. Out of training, or with share 0, x itself.
///
/// For float32 on the CPU which numbers go is a function of one draw from torch's generator and of their places, so
/// that all threads make it together, and the way back makes it again instead of keeping it. bfloat16 there comes back
/// as float32. Anything else is torch::dropout's.
torch::Tensor dropout(const torch::Tensor& x, double share, bool training);

}  // namespace zoo
