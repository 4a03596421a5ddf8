#pragma once

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "training/process_group.h"

namespace zoo {

/// Heavy headers: for process_group.cpp and gradient_sum.cpp only.
struct ProcessGroup::Parts {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::int64_t told = 0;  ///< texts of rank 0
  double bytes_sent = 0;

  /// The sum of the tensor begins.
  c10::intrusive_ptr<c10d::Work> begin_sum(const Tensor& tensor);
};

/// Says in one line that another process is gone or silent. Under zoo launch it waits to be ended and says nothing:
/// the launcher knows which one it was, and tells.
[[noreturn]] void stop_without(const ProcessPlace& place, std::string_view why);

/// Runs `body`; what a connection throws becomes that one line.
template <class Body>
auto together(const ProcessPlace& place, Body&& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    stop_without(place, text);
  } catch (const std::runtime_error& error) {
    stop_without(place, error.what());
  }
}

}  // namespace zoo
