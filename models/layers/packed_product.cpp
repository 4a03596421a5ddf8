#include "models/layers/packed_product.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <vector>

#include "models/layers/bfloat16_rows.h"
#include "models/layers/packed_rows.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kRows = 32;               ///< of x that meet a panel at once
constexpr std::int64_t kWorthAThread = 1 << 19;  ///< multiplications

/// Few different numbers of rows, because the micro-kernel is compiled anew for each.
std::int64_t padded(std::int64_t rows) {
  if (rows <= 4) return 4;
  return rows <= 8 ? 8 : (rows + 15) / 16 * 16;
}

std::int64_t interleaved(Precision precision) {
  return precision == Precision::int8 ? 4 : precision == Precision::bf16 ? 2 : 1;
}

bool has_products_of(Precision precision) {
  if (precision == Precision::fp32) return true;
  return precision == Precision::bf16 ? has_bfloat16_products() : has_int8_products();
}

/// x [n] with zeros behind it, up to `size`.
Tensor lengthened(const Tensor& x, std::int64_t size) { return at::constant_pad_nd(x, {0, size - x.size(0)}); }

/// work(panel) for each of them, on several threads where there is enough to do.
template <class Work>
void for_each_panel(std::int64_t panels, std::int64_t cost, Precision precision, const Work& work) {
  at::parallel_for(0, panels, std::max<std::int64_t>(1, kWorthAThread / cost),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (auto panel = begin; panel < end; ++panel) work(panel);
                     at::native::cpublas::brgemm_release(precision != Precision::fp32);
                   });
}

}  // namespace

PackedProduct::PackedProduct(const Tensor& weight, const Tensor& bias, Precision precision)
    : precision_(has_products_of(precision) ? precision : Precision::fp32),
      outputs_(weight.size(0)),
      inputs_(weight.size(1)) {
  const torch::NoGradGuard no_gradient;
  const auto together = interleaved(precision_), panels = (outputs_ + kPanel - 1) / kPanel;
  kept_inputs_ = (inputs_ + together - 1) / together * together;
  bias_ = lengthened(bias.defined() ? bias.detach() : torch::zeros({outputs_}), panels * kPanel);  // [panels · 64]
  auto numbers = weight.detach();                                                                  // [M, K]
  if (precision == Precision::bf16) numbers = numbers.to(torch::kBFloat16);
  if (precision == Precision::int8) {
    const auto step = numbers.abs().amax(1).div(127).clamp_min(1e-30);  // [M]
    numbers = numbers.div(step.unsqueeze(1)).round_();                  // [M, K] of −127 … 127
    if (precision_ == precision) {
      scale_ = lengthened(step, panels * kPanel);                                    // [panels · 64]
      sum_ = lengthened(numbers.sum(1).mul_(128).to(torch::kInt), panels * kPanel);  // [panels · 64]
      numbers = numbers.to(torch::kChar);
    } else {
      numbers.mul_(step.unsqueeze(1));
    }
  }
  if (precision_ == Precision::fp32) numbers = numbers.to(torch::kFloat);
  numbers = at::constant_pad_nd(numbers, {0, kept_inputs_ - inputs_, 0, panels * kPanel - outputs_});
  panels_ = numbers.view({panels, kPanel, kept_inputs_ / together, together}).transpose(1, 2).contiguous();
}

Tensor PackedProduct::operator()(const Tensor& x) const {
  const torch::NoGradGuard no_gradient;
  const auto flat = x.reshape({-1, inputs_}).contiguous();  // [N, K]
  auto shape = x.sizes().vec();
  shape.back() = outputs_;
  auto y = torch::empty({flat.size(0), outputs_}, x.options());  // [N, M]
  if (flat.size(0) > 0) {
    precision_ == Precision::int8 ? multiply_whole(flat, flat.size(0), y.data_ptr<float>())
                                  : multiply(flat, flat.size(0), y.data_ptr<float>());
  }
  return y.view(shape);
}

void PackedProduct::multiply(const Tensor& x, std::int64_t rows, float* y) const {
  const auto all = padded(rows);
  const bool rounded = precision_ == Precision::bf16;
  auto left = x;
  if (rounded) {
    left = torch::zeros({all, kept_inputs_}, x.options().dtype(torch::kBFloat16));  // [N, K]
    auto* to = reinterpret_cast<std::uint16_t*>(left.data_ptr<at::BFloat16>());
    const auto* from = x.const_data_ptr<float>();
    at::parallel_for(0, rows, 64, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = begin; row < end; ++row) to_bfloat16(from + row * inputs_, inputs_, to + row * kept_inputs_);
    });
  } else if (all > rows) {
    left = at::constant_pad_nd(x, {0, 0, 0, all - rows});  // [N, K]
  }
  for_each_panel(panels_.size(0), all * kept_inputs_ * kPanel, precision_, [&](std::int64_t panel) {
    alignas(64) float tile[kRows * kPanel];
    const auto first = panel * kPanel;
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const auto count = std::min(kRows, all - row);
      if (rounded) {
        at::native::cpublas::brgemm(count, kPanel, kept_inputs_, kept_inputs_, kPanel, kPanel, false,
                                    left.const_data_ptr<at::BFloat16>() + row * kept_inputs_,
                                    panels_.const_data_ptr<at::BFloat16>() + first * kept_inputs_, tile, true);
      } else {
        at::native::cpublas::brgemm(count, kPanel, kept_inputs_, kept_inputs_, kPanel, kPanel, false,
                                    left.const_data_ptr<float>() + row * kept_inputs_,
                                    panels_.const_data_ptr<float>() + first * kept_inputs_, tile, false);
      }
      add_bias({tile, std::min(kRows, rows - row), std::min(kPanel, outputs_ - first),
                bias_.const_data_ptr<float>() + first, y + row * outputs_ + first, outputs_});
    }
  });
}

void PackedProduct::multiply_whole(const Tensor& x, std::int64_t rows, float* y) const {
  const auto all = padded(rows);
  auto left = torch::zeros({all, kept_inputs_}, x.options().dtype(torch::kByte));  // [N, K]
  std::vector<float> scale(static_cast<std::size_t>(rows));
  auto* to = left.data_ptr<std::uint8_t>();
  const auto* from = x.const_data_ptr<float>();
  at::parallel_for(0, rows, 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row) {
      scale[static_cast<std::size_t>(row)] = to_whole_steps(from + row * inputs_, inputs_, to + row * kept_inputs_);
    }
  });
  for_each_panel(panels_.size(0), all * kept_inputs_ * kPanel, precision_, [&](std::int64_t panel) {
    alignas(64) std::int32_t tile[kRows * kPanel];
    const auto first = panel * kPanel;
    for (std::int64_t row = 0; row < rows; row += kRows) {
      at::native::cpublas::brgemm(std::min(kRows, all - row), kPanel, kept_inputs_, kept_inputs_, kPanel, kPanel, false,
                                  to + row * kept_inputs_, panels_.const_data_ptr<std::int8_t>() + first * kept_inputs_,
                                  tile, true);
      scale_and_add_bias(
          {tile, std::min(kRows, rows - row), std::min(kPanel, outputs_ - first), bias_.const_data_ptr<float>() + first,
           y + row * outputs_ + first, outputs_},
          {scale.data() + row, scale_.const_data_ptr<float>() + first, sum_.const_data_ptr<std::int32_t>() + first});
    }
  });
}

}  // namespace zoo
