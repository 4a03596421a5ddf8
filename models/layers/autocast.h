#pragma once

#include <c10/core/Device.h>

namespace zoo {

/// Mixed precision (Micikevicius et al. 2018; with bfloat16: Kalamkar et al. 2019). While it lives and is wanted, the
/// products of this thread's operations on the device are of bfloat16 numbers, rounded from float32, with sums in
/// float32: linear layers, convolutions, attention, LSTMs. Weights, normalisations, softmax and losses stay float32,
/// and so do the weights' gradients. It is LibTorch's autocast; made for a forward pass, while the way back follows
/// what was done.
class Autocast {
 public:
  /// bfloat16 false: all stays as it is.
  explicit Autocast(bool bfloat16, c10::DeviceType device = c10::DeviceType::CPU);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool wanted_;
  c10::DeviceType device_;
};

/// Whether one lives that is wanted.
bool under_autocast(c10::DeviceType device = c10::DeviceType::CPU);

}  // namespace zoo
