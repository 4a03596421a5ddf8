// LibTorch's header of its gloo process group names these types of gloo's, whose own headers LibTorch does not ship.
// Here are the names alone, so that it compiles: what lies behind them is made and used inside LibTorch only
// (docs/decisions/0003-gloo-by-name.md).
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
