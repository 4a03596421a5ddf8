#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>

#include "base/fields.h"

namespace zoo {

// Where models compute. What goes into a model's abilities and what comes out of them is on the CPU (models/model.h),
// so that a command chooses once, at its start.

/// `what`: what is computed there, for the help.
inline void device_field(Fields& field, std::string& device, const std::string& what = "where the model computes") {
  field("device", device, what + ": cuda takes an NVIDIA GPU, and a LibTorch for CUDA with all of its libraries")
      .choices({"cpu", "cuda"});
}

/// From now on the models of this process compute there: those that are loaded (load_run) and those that are trained.
/// cuda loads LibTorch's half for CUDA into the process, which must not have worked with tensors before. Throws
/// UsageError that says what is missing.
void use_device(std::string_view name);

/// What use_device() chose; the CPU where it was not called.
torch::Device compute_device();

/// Waits until the device has done all that it was given: what it is given it does later. For clocks.
void wait_for(torch::Device device);

}  // namespace zoo
