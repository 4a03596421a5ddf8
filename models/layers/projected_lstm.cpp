#include "models/layers/projected_lstm.h"

#include <cmath>

#include "models/beside.h"
#include "models/layers/fused_lstm.h"

namespace zoo {
namespace {

using torch::Tensor;

Tensor clipped(const Tensor& x, double limit) { return limit > 0 ? x.clamp(-limit, limit) : x; }

/// Which rows go on at each step, [T, B, 1] bool; undefined where all of them do.
Tensor rows_going_on(const Tensor& lengths, std::int64_t steps) {
  if (!lengths.defined() || lengths.ge(steps).all().item<bool>()) return {};
  return torch::arange(steps, lengths.options()).unsqueeze(1).lt(lengths).unsqueeze(2);
}

}  // namespace

Tensor projected_lstm(const Tensor& given, const ProjectedLstmWeights& weights, const LstmClips& clips,
                      const Tensor& lengths, LstmState& state) {
  const auto x = given.to(weights.weight.scalar_type());  // under autocast what comes in may have been rounded
  const auto steps = x.size(0), inputs = x.size(2);
  auto [hidden, cell] = state;
  if (steps == 0) return x.new_zeros({0, x.size(1), weights.projection.size(0)});
  if (fused_lstm_serves(x, weights)) return fused_lstm(x, weights, clips, lengths, state);
  // Of W [x; h] the part of x is one product for all steps; unbind's gradient puts them together again at once.
  const auto of_input = weights.weight.narrow(1, 0, inputs);  // [4H, I]
  const auto of_hidden = weights.weight
                             .narrow(1, inputs, weights.weight.size(1) - inputs)  // [R, 4H]
                             .t();
  const auto projection = weights.projection.t();                                      // [H, R]
  const auto from_input = torch::linear(x, of_input, weights.bias).unbind();           // T × [B, 4H]
  const auto going_on = beside(rows_going_on(lengths, steps), x);                      // [T, B, 1]
  const auto own_type = [&](const Tensor& made) { return made.to(x.scalar_type()); };  // autocast rounds products
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < steps; ++t) {
    const auto gates = own_type(torch::addmm(from_input[static_cast<std::size_t>(t)], hidden, of_hidden)).chunk(4, 1);
    const auto i = torch::sigmoid(gates[0]), j = torch::tanh(gates[1]);         // [B, H]
    const auto f = torch::sigmoid(gates[2] + 1), o = torch::sigmoid(gates[3]);  // [B, H]
    const auto next_cell = clipped(torch::addcmul(f * cell, i, j), clips.cell);
    const auto made = own_type(torch::mm(o * torch::tanh(next_cell), projection));
    const auto next_hidden = clipped(made, clips.projection);  // [B, R]
    if (going_on.defined()) {
      const auto rows = going_on[t];  // [B, 1]
      cell = torch::where(rows, next_cell, cell);
      hidden = torch::where(rows, next_hidden, hidden);
      outputs.push_back(next_hidden.masked_fill(rows.logical_not(), 0));
    } else {
      cell = next_cell;
      hidden = next_hidden;
      outputs.push_back(hidden);
    }
  }
  state = {hidden, cell};
  return torch::stack(outputs);  // [T, B, R]
}

Tensor reverse_steps(const Tensor& x, const Tensor& lengths) {
  if (!lengths.defined()) return x.flip(0);
  const auto steps = torch::arange(x.size(0), lengths.options()).unsqueeze(1);                   // [T, 1]
  const auto places = torch::where(steps.lt(lengths), lengths - 1 - steps, steps);               // [T, B]
  return x.gather(0, beside(places, x).unsqueeze(2).expand({x.size(0), x.size(1), x.size(2)}));  // [T, B, D]
}

ProjectedLstmImpl::ProjectedLstmImpl(const ProjectedLstmOptions& given) : options(given) {
  const auto gates = 4 * options.cell;
  weights.weight = register_parameter("weight", torch::zeros({gates, options.input + options.projection}));
  weights.bias = register_parameter("bias", torch::zeros({gates}));
  weights.projection = register_parameter("projection", torch::zeros({options.projection, options.cell}));
}

Tensor ProjectedLstmImpl::forward(const Tensor& x, const Tensor& lengths, LstmState& state) {
  return projected_lstm(x, weights, options.clips, lengths, state);
}

void ProjectedLstmImpl::initialise(at::Generator& random) {
  const torch::NoGradGuard no_gradient;
  for (auto& matrix : {weights.weight, weights.projection}) {
    matrix.normal_(0, 1 / std::sqrt(static_cast<double>(matrix.size(1))), random);
  }
  weights.bias.zero_();
}

LstmState ProjectedLstmImpl::zero_state(std::int64_t rows) const {
  return {weights.bias.new_zeros({rows, options.projection}), weights.bias.new_zeros({rows, options.cell})};
}

}  // namespace zoo
