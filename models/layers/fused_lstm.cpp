#include "models/layers/fused_lstm.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "models/layers/lstm_operands.h"
#include "models/layers/lstm_units.h"
#include "models/layers/product.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kColumns = 64;  ///< of a product whose columns are shared out
constexpr std::int64_t kDepth = 256;   ///< rows that a product over all steps adds up at a time

std::int64_t up_to_multiple(std::int64_t n, std::int64_t of) { return (n + of - 1) / of * of; }

using lstm::for_each_block;
using lstm::halves;
using lstm::Left;
using lstm::numbers;
using lstm::Right;

/// Sizes as in projected_lstm.h; those that end in an underscore's rest are rounded up: H to blocks of units, I + R and
/// R to whole vectors. What is added is zero.
struct Sizes {
  std::int64_t steps, rows, inputs, cells, projection;
  std::int64_t blocks() const { return (cells + kLstmUnits - 1) / kLstmUnits; }
  std::int64_t wide_cells() const { return blocks() * kLstmUnits; }
  std::int64_t joined() const { return inputs + projection; }  ///< numbers of [x; h]
  std::int64_t wide_joined() const { return up_to_multiple(joined(), 16); }
  std::int64_t wide_projection() const { return up_to_multiple(projection, 16); }
};

/// Rows of W or numbers of b, in the order of their gates, as panels have them: [blocks, 4, 32, …].
Tensor in_blocks(const Tensor& gates, const Sizes& s) {
  auto by_gate = gates.view({4, s.cells, -1});  // [4, H, n]
  const auto missing = s.wide_cells() - s.cells;
  if (missing > 0) by_gate = torch::cat({by_gate, by_gate.new_zeros({4, missing, by_gate.size(2)})}, 1);
  return by_gate.view({4, s.blocks(), kLstmUnits, -1}).transpose(0, 1);  // [blocks, 4, 32, n]
}

/// The other way: [blocks, 4, 32, n] → [4H, n].
Tensor from_blocks(const Tensor& blocks, const Sizes& s) {
  const auto by_gate = blocks.transpose(0, 1).reshape({4, s.wide_cells(), -1});
  return by_gate.narrow(1, 0, s.cells).reshape({4 * s.cells, -1});
}

Tensor widened(const Tensor& x, std::int64_t columns) {
  return x.size(1) == columns ? x.contiguous() : torch::constant_pad_nd(x, {0, columns - x.size(1)});
}

/// All that the way back needs of the way there.
struct Tape {
  Sizes sizes{};
  LstmClips clips;
  bool half = false;              ///< products of bfloat16
  Tensor weight, projection;      ///< as given
  Tensor joined;                  ///< [x; h] of each step, one more for the last h: [T + 1, B, wide I + R]
  Tensor joined_half;             ///< the same in bfloat16, where products are of that
  Tensor panels;                  ///< [blocks, T·B, 128]
  Tensor cells;                   ///< c before each step and the last: [T + 1, B, wide H]
  Tensor activities;              ///< σ(o) · tanh c: [T, B, wide H]
  std::unique_ptr<bool[]> going;  ///< [T, B]; none where all rows go all the way
  bool used = false;

  const bool* going_on(std::int64_t step) const { return going ? going.get() + step * sizes.rows : nullptr; }
  /// [x; h] of a step.
  Left inputs_at(std::int64_t step) const {
    const auto at = step * sizes.rows * sizes.wide_joined();
    return {numbers(joined) + at, half ? halves(joined_half) + at : nullptr, sizes.wide_joined()};
  }
};

std::unique_ptr<bool[]> rows_going_on(const Tensor& lengths, const Sizes& s) {
  if (!lengths.defined() || lengths.ge(s.steps).all().item<bool>()) return nullptr;
  const auto given = lengths.to(torch::kCPU, torch::kInt64).contiguous();
  auto going = std::make_unique<bool[]>(static_cast<std::size_t>(s.steps * s.rows));
  for (std::int64_t t = 0; t < s.steps; ++t) {
    for (std::int64_t b = 0; b < s.rows; ++b) {
      going[static_cast<std::size_t>(t * s.rows + b)] = t < given.const_data_ptr<std::int64_t>()[b];
    }
  }
  return going;
}

void clip_row(float* row, std::int64_t count, float limit) {
  if (limit > 0) {
    for (std::int64_t i = 0; i < count; ++i) row[i] = std::clamp(row[i], -limit, limit);
  }
}

/// Runs all steps. With `keep` the tape can be played back; else one step's panels serve all.
Tensor run_forward(Tape& tape, const Tensor& bias, bool keep) {
  const auto& s = tape.sizes;
  const auto rows = s.rows, joined = s.wide_joined(), wide = s.wide_cells(), projected = s.wide_projection();
  auto by_block = torch::empty({s.blocks(), joined, kLstmPanel}, tape.weight.options());
  by_block.narrow(1, 0, s.joined())
      .copy_(in_blocks(tape.weight, s).reshape({s.blocks(), kLstmPanel, s.joined()}).transpose(1, 2));
  if (joined > s.joined()) by_block.narrow(1, s.joined(), joined - s.joined()).zero_();
  const Right packed(by_block, tape.half);  // W by blocks, turned
  auto biases = in_blocks(bias, s).reshape({s.blocks(), kLstmPanel}).contiguous();
  auto wide_projection = torch::zeros({1, wide, projected}, tape.weight.options());
  wide_projection[0].narrow(0, 0, s.cells).narrow(1, 0, s.projection).copy_(tape.projection.t());
  const Right turned(wide_projection, tape.half);  // Pᵀ
  auto activity_half = torch::empty({tape.half ? rows : 0, wide}, tape.weight.options().dtype(at::kBFloat16));
  auto made = torch::empty({rows, projected}, tape.weight.options());
  auto output = torch::empty({s.steps, rows, s.projection}, tape.weight.options());
  const auto panel_rows = keep ? s.steps * rows : rows;
  tape.panels = torch::empty({s.blocks(), panel_rows, kLstmPanel}, tape.weight.options());
  tape.activities = torch::empty({keep ? s.steps : 1, rows, wide}, tape.weight.options());
  const auto cell_at = [&](std::int64_t t) { return numbers(tape.cells) + (keep ? t : t % 2) * rows * wide; };

  for (std::int64_t t = 0; t < s.steps; ++t) {
    const auto* now = numbers(tape.joined) + t * rows * joined;
    auto* next = numbers(tape.joined) + (t + 1) * rows * joined;
    auto* next_half = tape.half ? halves(tape.joined_half) + (t + 1) * rows * joined : nullptr;
    auto* activity = numbers(tape.activities) + (keep ? t : 0) * rows * wide;
    const auto* going = tape.going_on(t);
    const auto input = tape.inputs_at(t);
    for_each_block(s.blocks(), rows * joined * kLstmPanel, tape.half, [&](std::int64_t block) {
      auto* panel = numbers(tape.panels) + (block * panel_rows + (keep ? t * rows : 0)) * kLstmPanel;
      packed.multiply(rows, kLstmPanel, input, block, 0, panel, kLstmPanel, false);
      const auto unit = block * kLstmUnits;
      lstm_units_forward({rows, wide, going, static_cast<float>(tape.clips.cell), cell_at(t) + unit, panel},
                         numbers(biases) + block * kLstmPanel, cell_at(t + 1) + unit, activity + unit);
      for (std::int64_t b = 0; tape.half && b < rows; ++b) {
        to_bfloat16(activity + b * wide + unit, kLstmUnits, halves(activity_half) + b * wide + unit);
      }
    });
    const Left active = {activity, tape.half ? halves(activity_half) : nullptr, wide};
    for_each_block((projected + kColumns - 1) / kColumns, rows * wide * kColumns, tape.half, [&](std::int64_t block) {
      const auto first = block * kColumns, count = std::min(kColumns, projected - first);
      turned.multiply(rows, count, active, 0, first, numbers(made) + first, projected, false);
      const auto real = std::min(count, s.projection - first);
      for (std::int64_t b = 0; b < rows && real > 0; ++b) {
        auto* row = numbers(made) + b * projected + first;
        clip_row(row, real, static_cast<float>(tape.clips.projection));
        const bool ended = going != nullptr && !going[b];
        auto* out = numbers(output) + (t * rows + b) * s.projection + first;
        const auto* before = now + b * joined + s.inputs + first;
        const auto place = b * joined + s.inputs + first;
        std::copy_n(ended ? before : row, real, next + place);
        if (tape.half) to_bfloat16(next + place, real, next_half + place);
        if (ended) {
          std::fill_n(out, real, 0.0F);
        } else {
          std::copy_n(row, real, out);
        }
      }
    });
  }
  return output;
}

struct Gradients {
  Tensor x, weight, bias, projection, hidden, cell;
};

/// W's and b's gradients: panelᵀ · [x; h] of each block, over all steps.
void add_up_weights(const Tape& tape, Gradients& gradients) {
  const auto& s = tape.sizes;
  const auto all = s.steps * s.rows, joined = s.wide_joined();
  const auto pairs = up_to_multiple(all, 2);
  const auto given = (tape.half ? tape.joined_half : tape.joined).narrow(0, 0, s.steps).reshape({all, joined});
  auto turned = torch::empty({joined, tape.half ? pairs : all}, given.options());  // [wide I + R, T·B]
  turned.narrow(1, 0, all).copy_(given.t());
  if (turned.size(1) > all) turned.select(1, all).zero_();
  auto products = torch::empty({s.blocks(), joined, kLstmPanel}, tape.weight.options());
  auto sums = torch::zeros({s.blocks(), kLstmPanel}, tape.weight.options());
  for_each_block(s.blocks(), all * joined * kLstmPanel, tape.half, [&](std::int64_t block) {
    const auto* panel = numbers(tape.panels) + block * all * kLstmPanel;
    auto* made = numbers(products) + block * joined * kLstmPanel;
    std::vector<std::uint16_t> half_panel(tape.half ? static_cast<std::size_t>(kDepth * kLstmPanel) : 0);
    const std::vector<float> nothing(kLstmPanel);
    for (std::int64_t first = 0; first < all; first += kDepth) {
      const auto depth = std::min(kDepth, all - first), even = up_to_multiple(depth, 2);
      for (std::int64_t k = 0; tape.half && k < even; k += 2) {
        const auto* row = panel + (first + k) * kLstmPanel;
        to_bfloat16_pairs(row, k + 1 < depth ? row + kLstmPanel : nothing.data(), kLstmPanel,
                          half_panel.data() + k * kLstmPanel);
      }
      for (std::int64_t row = 0; row < joined; row += kColumns) {
        const auto count = std::min(kColumns, joined - row);
        if (tape.half) {
          at::native::cpublas::brgemm(count, kLstmPanel, even, pairs, kLstmPanel, kLstmPanel, first > 0,
                                      turned.const_data_ptr<at::BFloat16>() + row * pairs + first,
                                      reinterpret_cast<const at::BFloat16*>(half_panel.data()), made + row * kLstmPanel,
                                      true);
        } else {
          at::native::cpublas::brgemm(count, kLstmPanel, depth, all, kLstmPanel, kLstmPanel, first > 0,
                                      numbers(turned) + row * all + first, panel + first * kLstmPanel,
                                      made + row * kLstmPanel, false);
        }
      }
    }
    auto* sum = numbers(sums) + block * kLstmPanel;
    for (std::int64_t i = 0; i < all; ++i) {
      for (std::int64_t k = 0; k < kLstmPanel; ++k) sum[k] += panel[i * kLstmPanel + k];
    }
  });
  const auto real = products.narrow(1, 0, s.joined()).transpose(1, 2);  // [blocks, 128, I + R]
  gradients.weight = from_blocks(real.reshape({s.blocks(), 4, kLstmUnits, s.joined()}), s);
  gradients.bias = from_blocks(sums.view({s.blocks(), 4, kLstmUnits, 1}), s).view(-1);
}

/// aᵀ · b for a [T·B, R], b [T·B, H].
Tensor product_over_steps(const Tensor& a, const Tensor& b, bool half) {
  if (!half) return fast_linear(a.t(), b.t());
  return at::mm(a.to(at::kBFloat16).t(), b.to(at::kBFloat16)).to(at::kFloat);
}

Gradients run_backward(Tape& tape, const Tensor& of_output, const Tensor& of_hidden, const Tensor& of_cell) {
  const auto& s = tape.sizes;
  const auto rows = s.rows, joined = s.wide_joined(), wide = s.wide_cells(), all = s.steps * rows;
  auto by_block = torch::empty({s.blocks(), kLstmPanel, joined}, tape.weight.options());
  by_block.narrow(2, 0, s.joined()).copy_(in_blocks(tape.weight, s).reshape({s.blocks(), kLstmPanel, s.joined()}));
  if (joined > s.joined()) by_block.narrow(2, s.joined(), joined - s.joined()).zero_();
  const Right packed(by_block, tape.half);                                // W by blocks
  const auto projected = tape.half ? s.wide_projection() : s.projection;  // an even number of rows
  auto wide_projection = widened(tape.projection, wide);
  if (projected > s.projection) {
    wide_projection = torch::constant_pad_nd(wide_projection, {0, 0, 0, projected - s.projection});
  }
  const Right projection(wide_projection.unsqueeze(0), tape.half);  // P
  const auto half_options = tape.weight.options().dtype(at::kBFloat16);
  auto pull_half = torch::zeros({tape.half ? rows : 0, projected}, half_options);
  auto panel_half = torch::empty({tape.half ? s.blocks() : 0, rows, kLstmPanel}, half_options);
  const auto pulls = of_output.contiguous();  // [T, B, R]
  Gradients gradients;
  gradients.x = torch::empty({s.steps, rows, s.inputs}, tape.weight.options());
  auto of_h = of_hidden.contiguous().clone();                                      // [B, R], from the steps behind
  auto of_c = widened(of_cell, wide).clone();                                      // [B, wide H]
  auto kept = torch::empty({s.steps, rows, s.projection}, tape.weight.options());  // of P σ(o) tanh c, before the clip
  auto of_joined = torch::empty({rows, joined}, tape.weight.options());
  auto of_activity = torch::empty({s.blocks(), rows, kLstmUnits}, tape.weight.options());
  const auto limit = static_cast<float>(tape.clips.projection);

  for (auto t = s.steps - 1; t >= 0; --t) {
    const auto* going = tape.going_on(t);
    const auto* next = numbers(tape.joined) + (t + 1) * rows * joined + s.inputs;
    auto* pull = numbers(kept) + t * rows * s.projection;
    for (std::int64_t b = 0; b < rows; ++b) {
      const bool ended = going != nullptr && !going[b];
      for (std::int64_t k = 0; k < s.projection; ++k) {
        const auto at = b * s.projection + k;
        const auto h = next[b * joined + k];
        const bool cut = ended || (limit > 0 && !(h > -limit && h < limit));
        pull[at] = cut ? 0.0F : numbers(pulls)[t * rows * s.projection + at] + numbers(of_h)[at];
      }
      if (tape.half) to_bfloat16(pull + b * s.projection, s.projection, halves(pull_half) + b * projected);
    }
    const Left pulled = {pull, tape.half ? halves(pull_half) : nullptr, projected};
    for_each_block(s.blocks(), rows * projected * kLstmPanel, tape.half, [&](std::int64_t block) {
      const auto unit = block * kLstmUnits;
      auto* panel = numbers(tape.panels) + (block * all + t * rows) * kLstmPanel;
      auto* made = numbers(of_activity) + block * rows * kLstmUnits;
      projection.multiply(rows, kLstmUnits, pulled, 0, unit, made, kLstmUnits, false);
      const auto* before = numbers(tape.cells) + t * rows * wide + unit;
      lstm_units_backward({rows, wide, going, static_cast<float>(tape.clips.cell), before, panel}, before + rows * wide,
                          made, numbers(of_c) + unit);
      if (tape.half) to_bfloat16(panel, rows * kLstmPanel, halves(panel_half) + block * rows * kLstmPanel);
    });
    for_each_block((joined + kColumns - 1) / kColumns, rows * 4 * wide * kColumns, tape.half, [&](std::int64_t part) {
      const auto first = part * kColumns, count = std::min(kColumns, joined - first);
      for (std::int64_t block = 0; block < s.blocks(); ++block) {
        const Left gates = {numbers(tape.panels) + (block * all + t * rows) * kLstmPanel,
                            tape.half ? halves(panel_half) + block * rows * kLstmPanel : nullptr, kLstmPanel};
        packed.multiply(rows, count, gates, block, first, numbers(of_joined) + first, joined, block > 0);
      }
    });
    for (std::int64_t b = 0; b < rows; ++b) {
      const auto* from = numbers(of_joined) + b * joined;
      std::copy_n(from, s.inputs, numbers(gradients.x) + (t * rows + b) * s.inputs);
      // A row that has ended made nothing of its h: its gradient goes to the step before as it is.
      if (going == nullptr || going[b]) {
        std::copy_n(from + s.inputs, s.projection, numbers(of_h) + b * s.projection);
      }
    }
  }
  gradients.hidden = of_h;
  gradients.cell = of_c.narrow(1, 0, s.cells);
  add_up_weights(tape, gradients);
  const auto of_projection =
      product_over_steps(kept.view({all, s.projection}), tape.activities.view({all, wide}), tape.half);  // [R, wide H]
  gradients.projection = of_projection.narrow(1, 0, s.cells);
  return gradients;
}

/// A tape in an autograd context.
struct TapeHolder : torch::CustomClassHolder {
  Tape tape;
};

Tape tape_of(const Tensor& x, const ProjectedLstmWeights& weights, const LstmClips& clips, const Tensor& lengths,
             const LstmState& state, bool keep) {
  Tape tape;
  tape.half = fused_lstm_rounds();
  tape.sizes = {x.size(0), x.size(1), x.size(2), weights.projection.size(1), weights.projection.size(0)};
  const auto& s = tape.sizes;
  tape.clips = clips;
  tape.weight = weights.weight.detach();
  tape.projection = weights.projection.detach();
  tape.going = rows_going_on(lengths, s);
  const auto joined = s.wide_joined();
  tape.joined = torch::empty({s.steps + 1, s.rows, joined}, x.options());
  if (joined > s.joined()) tape.joined.narrow(2, s.joined(), joined - s.joined()).zero_();
  tape.joined.narrow(0, 0, s.steps).narrow(2, 0, s.inputs).copy_(x.detach());
  tape.joined[0].narrow(1, s.inputs, s.projection).copy_(state.hidden.detach());
  if (tape.half) tape.joined_half = tape.joined.to(at::kBFloat16);  // h of later steps is still to come
  tape.cells = torch::empty({keep ? s.steps + 1 : 2, s.rows, s.wide_cells()}, x.options());
  tape.cells[0].copy_(widened(state.cell.detach(), s.wide_cells()));
  return tape;
}

/// h and c after the last step.
std::pair<Tensor, Tensor> last_state(const Tape& tape, bool keep) {
  const auto& s = tape.sizes;
  return {tape.joined[s.steps].narrow(1, s.inputs, s.projection).clone(),
          tape.cells[keep ? s.steps : s.steps % 2].narrow(1, 0, s.cells).clone()};
}

class FusedLstm : public torch::autograd::Function<FusedLstm> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const Tensor& x,
                                                const Tensor& weight, const Tensor& bias, const Tensor& projection,
                                                const Tensor& hidden, const Tensor& cell,
                                                const std::optional<Tensor>& lengths, double cell_clip,
                                                double projection_clip) {
    auto holder = c10::make_intrusive<TapeHolder>();
    auto& tape = holder->tape;
    tape = tape_of(x, {weight, bias, projection}, {cell_clip, projection_clip}, lengths.value_or(Tensor()),
                   {hidden, cell}, true);
    const auto output = run_forward(tape, bias.detach().contiguous(), true);
    const auto [last_hidden, last_cell] = last_state(tape, true);
    context->saved_data["tape"] = c10::IValue::make_capsule(std::move(holder));
    return {output, last_hidden, last_cell};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list given) {
    auto& tape = static_cast<TapeHolder&>(*context->saved_data["tape"].toCapsule()).tape;
    TORCH_CHECK(!tape.used, "the gradient of an LSTM can be asked for once: its activations were overwritten");
    tape.used = true;
    const auto& s = tape.sizes;
    const auto zeros = [&](at::IntArrayRef shape) { return torch::zeros(shape, tape.weight.options()); };
    const auto of_output = given[0].defined() ? given[0] : zeros({s.steps, s.rows, s.projection});
    const auto of_hidden = given[1].defined() ? given[1] : zeros({s.rows, s.projection});
    const auto of_cell = given[2].defined() ? given[2] : zeros({s.rows, s.cells});
    auto made = run_backward(tape, of_output, of_hidden, of_cell);
    tape = {.used = true};
    return {made.x, made.weight, made.bias, made.projection, made.hidden, made.cell, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

bool fused_lstm_rounds() {
  static const bool can = has_bfloat16_products();
  return can && at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
}

bool fused_lstm_serves(const Tensor& x, const ProjectedLstmWeights& weights) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && weights.weight.scalar_type() == at::kFloat && x.numel() > 0;
}

Tensor fused_lstm(const Tensor& x, const ProjectedLstmWeights& weights, const LstmClips& clips, const Tensor& lengths,
                  LstmState& state) {
  const bool wanted =
      torch::GradMode::is_enabled() &&
      (x.requires_grad() || weights.weight.requires_grad() || weights.bias.requires_grad() ||
       weights.projection.requires_grad() || state.hidden.requires_grad() || state.cell.requires_grad());
  if (wanted) {
    auto made = FusedLstm::apply(x, weights.weight, weights.bias, weights.projection, state.hidden, state.cell,
                                 lengths.defined() ? std::optional<Tensor>(lengths) : std::nullopt, clips.cell,
                                 clips.projection);
    state = {made[1], made[2]};
    return made[0];
  }
  const torch::NoGradGuard no_gradient;
  auto tape = tape_of(x, weights, clips, lengths, state, false);
  const auto output = run_forward(tape, weights.bias.detach().contiguous(), false);
  std::tie(state.hidden, state.cell) = last_state(tape, false);
  return output;
}

}  // namespace zoo
