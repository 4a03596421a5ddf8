#pragma once

#include <c10/core/Allocator.h>

namespace zoo::stand_in {

/// The memory of the device: pages that this process has mapped twice. At the addresses that tensors have nothing may
/// be read or written, as it is with a GPU's; what the device does goes by the other addresses.
c10::Allocator* device_memory();

/// The other address of a byte of it.
void* host_address(const void* on_device);

}  // namespace zoo::stand_in
