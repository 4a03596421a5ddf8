#pragma once

#include <torch/types.h>

namespace zoo {

using torch::Tensor;

/// Nothing is predicted where the target is this (PyTorch's own ignore_index).
inline constexpr std::int64_t kIgnored = -100;

/// One batch of any kind of Examples: fields that a kind does not use stay undefined. B rows, T steps.
struct Batch {
  Tensor input;         ///< [B, T] int64
  Tensor target;        ///< [B, T] or [B] int64, kIgnored where nothing is predicted
  Tensor lengths;       ///< [B] int64: the tokens of each row that count
  Tensor slots;         ///< [B] int64: which stream a row goes on
  Tensor starts;        ///< [B] bool: whether that stream starts anew here, so that its carried state is reset
  Tensor other_input;   ///< [B, S] int64: the other language, or the backward direction's input
  Tensor other_target;  ///< [B, S] int64: the backward direction's target
};

}  // namespace zoo
