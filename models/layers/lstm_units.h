#pragma once

#include <cstdint>

namespace zoo {

/// Units of an LSTM are worked on in blocks of so many. A block's panel has a row for each sequence of the batch and
/// four times as many columns: the block's gates i, then j, f and o.
inline constexpr std::int64_t kLstmUnits = 32;
inline constexpr std::int64_t kLstmPanel = 4 * kLstmUnits;

/// One step of a block, without the products. Rows lie `stride` numbers apart in the cells, kLstmPanel in the panel.
struct LstmUnitsStep {
  std::int64_t rows, stride;
  const bool* going_on;      ///< [rows]: those that have not ended; null: all
  float clip;                ///< of the cell; 0: none
  const float* cell_before;  ///< [rows, 32] from here, as all cells
  float* panel;              ///< [rows, 128]
};

/// c = clip(σ(f + 1) · c_before + σ(i) · tanh j), activity = σ(o) · tanh c. The panel comes with W [x; h] and leaves
/// with σ(i), tanh j, σ(f + 1), σ(o). `bias` [128] is added first. A row that has ended keeps its cell; activity 0.
void lstm_units_forward(const LstmUnitsStep& step, const float* bias, float* cell, float* activity);

/// The way back: the panel comes as forward left it and leaves with the gradients of what it came with there.
/// `activity_gradient` [rows, 32] dense; `cell_gradient` comes with that of c from the step behind and leaves with
/// that of c_before. A row that has ended gets zeros and passes its cell's gradient on.
void lstm_units_backward(const LstmUnitsStep& step, const float* cell, const float* activity_gradient,
                         float* cell_gradient);

}  // namespace zoo
