#include "models/elmo/lstm_stack.h"

#include <algorithm>

#include "models/beside.h"
#include "models/layers/dropout.h"

namespace zoo::elmo {
namespace {

// Slots [B] are on the CPU, or undefined; rows of states lie where the model does.

/// x [B, D] into rows `slots` of `all` [S, D], which grows as needed.
void put_rows(Tensor& all, const Tensor& x, const Tensor& slots) {
  const auto needed = slots.defined() ? slots.max().item<std::int64_t>() + 1 : x.size(0);
  all = all.defined() ? beside(all, x) : x.new_zeros({needed, x.size(1)});
  if (all.size(0) < needed) all = torch::cat({all, x.new_zeros({needed - all.size(0), x.size(1)})});
  if (slots.defined()) {
    all = all.index_copy(0, beside(slots, x), x);
  } else if (all.size(0) == x.size(0)) {
    all = x;
  } else {
    all = torch::cat({x, all.narrow(0, x.size(0), all.size(0) - x.size(0))});
  }
}

/// Rows `slots` of `all` [S, D]; those beyond S as in `zeros` [B, D].
Tensor take_rows(const Tensor& all, const Tensor& zeros, const Tensor& slots) {
  const auto rows = zeros.size(0);
  auto known = beside(all, zeros);
  const auto needed = slots.defined() ? slots.max().item<std::int64_t>() + 1 : rows;
  if (known.size(0) < needed) known = torch::cat({known, zeros.new_zeros({needed - known.size(0), zeros.size(1)})});
  return slots.defined() ? known.index_select(0, beside(slots, known)) : known.narrow(0, 0, rows);
}

}  // namespace

LstmStackImpl::LstmStackImpl(const ElmoOptions& options) : skip_(options.skip), dropout_(options.dropout) {
  for (std::int64_t l = 0; l < options.layers; ++l) {
    layers.push_back(register_module(
        std::to_string(l),
        ProjectedLstm(ProjectedLstmOptions{
            options.projection, options.cell, options.projection, {options.cell_clip, options.projection_clip}})));
  }
}

std::vector<Tensor> LstmStackImpl::forward(const Tensor& x, const Tensor& lengths, std::span<LstmState> states) {
  std::vector<Tensor> outputs;
  auto input = x;  // [T, B, P]
  for (std::size_t l = 0; l < layers.size(); ++l) {
    input = zoo::dropout(input, dropout_, is_training());
    auto output = layers[l](input, lengths, states[l]);  // [T, B, P]
    if (skip_ && l > 0) output = output + input;
    outputs.push_back(output);
    input = output;
  }
  return outputs;
}

std::vector<LstmState> LstmStackImpl::zero_states(std::int64_t rows) const {
  std::vector<LstmState> states;
  for (const auto& layer : layers) states.push_back(layer->zero_state(rows));
  return states;
}

void LstmStackImpl::initialise(at::Generator& random) {
  for (auto& layer : layers) layer->initialise(random);
}

std::vector<LstmState> take_states(const State& carried, std::vector<LstmState> zeros, const Tensor& slots,
                                   const Tensor& starts) {
  if (slots.defined() && slots.numel() == 0) return zeros;
  std::size_t next = 0;
  for (auto& state : zeros) {
    for (auto* tensor : {&state.hidden, &state.cell}) {
      if (next < carried.size()) *tensor = take_rows(carried[next], *tensor, slots);
      if (starts.defined()) *tensor = tensor->masked_fill(beside(starts, *tensor).unsqueeze(1), 0);
      ++next;
    }
  }
  return zeros;
}

void put_states(State& carried, const std::vector<LstmState>& states, const Tensor& slots) {
  if (slots.defined() && slots.numel() == 0) return;
  carried.resize(2 * states.size());
  for (std::size_t l = 0; l < states.size(); ++l) {
    put_rows(carried[2 * l], states[l].hidden.detach(), slots);
    put_rows(carried[2 * l + 1], states[l].cell.detach(), slots);
  }
}

}  // namespace zoo::elmo
