#include "models/layers/tiled_softmax.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "batches/batch.h"
#include "models/layers/bfloat16_rows.h"
#include "models/layers/softmax_tiles.h"

namespace zoo {
namespace {

constexpr std::int64_t kTile = 128;  // words of a tile
/// Exponentials kept at once, 128 MiB: fewer rows go together where the vocabulary is very large.
constexpr std::int64_t kKept = std::int64_t{32} << 20;
/// How far above its reference a logit may be before a new one is taken: e^40 sums and multiplies well in float32.
constexpr float kHeadroom = 40;

std::int64_t up_to_multiple(std::int64_t n, std::int64_t of) { return (n + of - 1) / of * of; }

/// Few different sizes, because the micro-kernel is compiled anew for each.
std::int64_t padded_rows(std::int64_t rows) { return up_to_multiple(rows, rows <= 64 ? 16 : 64); }

/// c [m, n] (+)= a [m, k] · b [k, n], all dense but for a's and b's strides.
void product(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_stride, const float* b,
             std::int64_t b_stride, float* c, bool add) {
  at::native::cpublas::brgemm(m, n, k, a_stride, b_stride, n, add, a, b, c, false);
}

using Half = std::uint16_t;

Half* halves(torch::Tensor& tensor) { return reinterpret_cast<Half*>(tensor.data_ptr<at::BFloat16>()); }
const Half* halves(const torch::Tensor& tensor) {
  return reinterpret_cast<const Half*>(tensor.const_data_ptr<at::BFloat16>());
}

/// The same of bfloat16 numbers, b in pairs of rows.
void product(std::int64_t m, std::int64_t n, std::int64_t k, const Half* a, std::int64_t a_stride, const Half* b,
             std::int64_t b_stride, float* c, bool add) {
  at::native::cpublas::brgemm(m, n, k, a_stride, b_stride, n, add, reinterpret_cast<const at::BFloat16*>(a),
                              reinterpret_cast<const at::BFloat16*>(b), c, true);
}

/// Rows from [rows, columns] in pairs, rounded; behind an odd number of them one of zeros.
void in_pairs(const float* from, std::int64_t rows, std::int64_t columns, Half* to) {
  const std::vector<float> nothing(static_cast<std::size_t>(rows % 2 == 0 ? 0 : columns), 0.0f);
  for (std::int64_t i = 0; i < rows; i += 2) {
    const auto* even = from + i * columns;
    to_bfloat16_pairs(even, i + 1 < rows ? even + columns : nothing.data(), columns, to + i * columns);
  }
}

}  // namespace

TiledSoftmax::TiledSoftmax(const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t rows, bool gradient,
                           bool rounded)
    : weight_(weight),
      bias_(bias),
      vocabulary_(weight.size(0)),
      width_(weight.size(1)),
      tiles_((vocabulary_ + kTile - 1) / kTile),
      tiles_of_part_(std::max<std::int64_t>(8, (tiles_ + 63) / 64)),
      parts_((tiles_ + tiles_of_part_ - 1) / tiles_of_part_),
      workers_(std::clamp<std::int64_t>(at::get_num_threads(), 1, parts_)),
      gradient_(gradient),
      rounded_(rounded && gradient && width_ % 2 == 0) {
  const auto most = std::clamp<std::int64_t>(kKept / vocabulary_ / 16 * 16, 16, width_ > 256 ? 128 : 256);
  chunk_ = std::min(most, padded_rows(std::max<std::int64_t>(1, rows)));
  const auto options = weight.options();
  exponentials_ = torch::empty({(gradient && !rounded_ ? tiles_ : workers_) * kTile * chunk_}, options);
  part_.resize(static_cast<std::size_t>(parts_));
  if (!gradient) return;
  sums_ = torch::empty({parts_ * width_ * chunk_}, options);
  const auto columns = up_to_multiple(width_ + 1, 16);
  room_ = torch::empty({workers_, width_ * kTile + chunk_ * columns + kTile * columns}, options);
  if (rounded_) {
    const auto half = options.dtype(at::kBFloat16);
    half_exponentials_ = torch::empty({tiles_ * kTile * chunk_}, half);
    half_room_ = torch::empty({workers_, width_ * kTile + chunk_ * std::max(kTile, columns)}, half);
  }
  weight_gradient_ = torch::empty({vocabulary_, width_}, options);
  bias_gradient_ = torch::empty({vocabulary_}, options);
}

std::int64_t TiledSoftmax::words_of(std::int64_t tile) const { return std::min(kTile, vocabulary_ - tile * kTile); }

std::span<const TiledSoftmax::Target> TiledSoftmax::targets_in(std::int64_t tile) const {
  const auto before = [](const Target& target, std::int64_t word) { return target.word < word; };
  const auto begin = std::lower_bound(targets_.begin(), targets_.end(), tile * kTile, before);
  const auto end = std::lower_bound(begin, targets_.end(), (tile + 1) * kTile, before);
  return {begin, end};
}

/// Workers take the next part that nobody has taken, so that a slow core holds up nobody.
template <class Work>
void TiledSoftmax::for_each_part(const Work& work) const {
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, workers_, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto worker = begin; worker < end; ++worker) {
      for (auto part = next++; part < parts_; part = next++) work(part, worker);
    }
    at::native::cpublas::brgemm_release(rounded_);
  });
}

std::vector<double> TiledSoftmax::work(const torch::Tensor& hidden, const std::int64_t* target,
                                       const torch::Tensor& hidden_gradient) {
  hidden_ = hidden;
  rows_ = hidden.size(0);
  padded_ = padded_rows(rows_);
  turned_ = torch::zeros({width_, padded_}, hidden.options());
  turned_.narrow(1, 0, rows_).copy_(hidden.t());
  if (rounded_) {
    half_turned_ = torch::empty({width_, padded_}, half_room_.options());
    in_pairs(turned_.const_data_ptr<float>(), width_, padded_, halves(half_turned_));
  }
  targets_.clear();
  for (std::int64_t i = 0; i < rows_; ++i) {
    if (target[i] != kIgnored) targets_.push_back({target[i], i});
  }
  std::sort(targets_.begin(), targets_.end(),
            [](const Target& a, const Target& b) { return a.word != b.word ? a.word < b.word : a.row < b.row; });
  log_probability_.assign(static_cast<std::size_t>(rows_), 0.0);

  for_each_part([this](std::int64_t part, std::int64_t worker) { first_pass(part, worker); });
  join_parts();
  for (const auto& [word, row] : targets_) {
    const auto i = static_cast<std::size_t>(row);
    log_probability_[i] -= largest_[i] + log_sum_[i];
  }
  if (gradient_) {
    add_hidden_gradient(hidden, hidden_gradient);
    // From the last part back: its exponentials are still in the caches.
    for_each_part([this](std::int64_t part, std::int64_t worker) { second_pass(parts_ - 1 - part, worker); });
    first_chunk_ = false;
  }
  return log_probability_;
}

void TiledSoftmax::make_logits(std::int64_t tile, std::int64_t worker, float* logits) {
  const auto n = padded_, words = words_of(tile);
  const auto* weight = weight_.const_data_ptr<float>() + tile * kTile * width_;  // [words, D]
  if (!rounded_) return product(words, n, width_, weight, width_, turned_.const_data_ptr<float>(), n, logits, false);
  auto* half_weight = halves(half_room_) + worker * half_room_.size(1);  // [words, D]
  to_bfloat16(weight, words * width_, half_weight);
  product(words, n, width_, half_weight, width_, halves(std::as_const(half_turned_)), n, logits, false);
}

void TiledSoftmax::add_to_sums(std::int64_t tile, std::int64_t worker, const float* exponentials, float* sums,
                               bool add) {
  const auto n = padded_, words = words_of(tile);
  const auto* weight = weight_.const_data_ptr<float>() + tile * kTile * width_;  // [words, D]
  auto* turned = room_.data_ptr<float>() + worker * room_.size(1);               // [D, kTile]
  turn_tile(weight, words, width_, turned, kTile);
  if (!rounded_) return product(width_, n, words, turned, kTile, exponentials, n, sums, add);
  const auto even = up_to_multiple(words, 2);
  for (std::int64_t k = 0; even > words && k < width_; ++k) turned[k * kTile + words] = 0;
  auto* half_turned = halves(half_room_) + worker * half_room_.size(1);  // [D, kTile]
  auto* pairs = half_turned + width_ * kTile;                            // [even / 2, n, 2]
  to_bfloat16(turned, width_ * kTile, half_turned);
  to_bfloat16(exponentials, words * n, halves(half_exponentials_) + tile * kTile * n);
  in_pairs(exponentials, words, n, pairs);
  product(width_, n, even, half_turned, kTile, pairs, n, sums, add);
}

void TiledSoftmax::first_pass(std::int64_t part, std::int64_t worker) {
  const auto n = padded_;
  const auto columns = static_cast<std::size_t>(n);
  auto& state = part_[static_cast<std::size_t>(part)];
  state = {};
  state.sum.assign(columns, 0);
  std::vector<float> largest(columns), sum(columns);
  const auto* bias = bias_.const_data_ptr<float>();
  auto* sums = gradient_ ? sums_.data_ptr<float>() + part * width_ * n : nullptr;  // [D, n]
  const bool kept = gradient_ && !rounded_;
  const auto first = part * tiles_of_part_, last = std::min(tiles_, first + tiles_of_part_);
  for (auto tile = first; tile < last; ++tile) {
    const auto words = words_of(tile), word = tile * kTile;
    auto* logits = exponentials_.data_ptr<float>() + (kept ? tile : worker) * kTile * n;  // [words, n]
    make_logits(tile, worker, logits);
    for (const auto& target : targets_in(tile)) {
      log_probability_[static_cast<std::size_t>(target.row)] =
          static_cast<double>(logits[(target.word - word) * n + target.row]) + bias[target.word];
    }
    largest_of_columns(logits, words, n, bias + word, largest.data());
    if (tile == first) {
      state.references.push_back(largest);
    } else {
      const auto& old = state.references.back();
      bool far_above = false;
      for (std::size_t i = 0; i < columns; ++i) far_above |= largest[i] > old[i] + kHeadroom;
      if (far_above) {
        for (std::size_t i = 0; i < columns; ++i) {
          largest[i] = std::max(largest[i], old[i]);
          const auto factor = std::exp(old[i] - largest[i]);
          state.sum[i] *= factor;
          for (std::int64_t k = 0; gradient_ && k < width_; ++k) sums[k * n + static_cast<std::int64_t>(i)] *= factor;
        }
        state.references.push_back(largest);
      }
    }
    state.version.push_back(state.references.size() - 1);
    exponentials_of_columns(logits, words, n, bias + word, state.references.back().data(), sum.data());
    for (std::size_t i = 0; i < columns; ++i) state.sum[i] += sum[i];
    if (gradient_) add_to_sums(tile, worker, logits, sums, tile > first);
  }
}

void TiledSoftmax::join_parts() {
  const auto rows = static_cast<std::size_t>(rows_);
  largest_.assign(rows, -std::numeric_limits<double>::infinity());
  log_sum_.assign(rows, 0);
  for (const auto& part : part_) {
    for (std::size_t i = 0; i < rows; ++i) {
      largest_[i] = std::max<double>(largest_[i], part.references.back()[i]);
    }
  }
  for (const auto& part : part_) {
    for (std::size_t i = 0; i < rows; ++i) {
      log_sum_[i] += part.sum[i] * std::exp(part.references.back()[i] - largest_[i]);
    }
  }
  for (auto& sum : log_sum_) sum = std::log(sum);
}

void TiledSoftmax::add_hidden_gradient(const torch::Tensor& hidden, const torch::Tensor& hidden_gradient) {
  const auto n = padded_;
  // What each part's sums are multiplied by: from its own reference to the whole row's, and by 1/Z. [parts, n]
  std::vector<float> factors(static_cast<std::size_t>(parts_ * n), 0.0f);
  for (std::int64_t p = 0; p < parts_; ++p) {
    const auto& reference = part_[static_cast<std::size_t>(p)].references.back();
    for (const auto& [word, row] : targets_) {
      const auto i = static_cast<std::size_t>(row);
      factors[static_cast<std::size_t>(p * n + row)] =
          static_cast<float>(std::exp(reference[i] - largest_[i] - log_sum_[i]));
    }
  }
  auto joined = torch::empty({width_, n}, hidden.options());
  auto* out = joined.data_ptr<float>();
  const auto* sums = sums_.const_data_ptr<float>();
  at::parallel_for(0, width_, std::max<std::int64_t>(1, (1 << 14) / n), [&](std::int64_t begin, std::int64_t end) {
    for (auto k = begin; k < end; ++k) {
      auto* row = out + k * n;
      for (std::int64_t p = 0; p < parts_; ++p) {
        const auto* sum = sums + (p * width_ + k) * n;
        const auto* factor = factors.data() + p * n;
        if (p == 0) {
          for (std::int64_t i = 0; i < n; ++i) row[i] = sum[i] * factor[i];
        } else {
          for (std::int64_t i = 0; i < n; ++i) row[i] += sum[i] * factor[i];
        }
      }
    }
  });
  auto result = hidden_gradient;
  result.copy_(joined.t().narrow(0, 0, rows_));
  auto* gradient = result.data_ptr<float>();
  const auto* weight = weight_.const_data_ptr<float>();
  for (const auto& [word, row] : targets_) {
    for (std::int64_t k = 0; k < width_; ++k) gradient[row * width_ + k] -= weight[word * width_ + k];
  }
}

void TiledSoftmax::second_pass(std::int64_t part, std::int64_t worker) {
  const auto n = padded_, columns = up_to_multiple(width_ + 1, 16);
  const auto& state = part_[static_cast<std::size_t>(part)];
  const auto* hidden = hidden_.const_data_ptr<float>();
  auto* scaled = room_.data_ptr<float>() + worker * room_.size(1) + width_ * kTile;  // [n, columns]: h/Z and 1/Z
  auto* made = scaled + chunk_ * columns;                                            // [words, columns]
  auto* half_scaled = rounded_ ? halves(half_room_) + worker * half_room_.size(1) : nullptr;  // [n / 2, columns, 2]
  auto* weight_gradient = weight_gradient_.data_ptr<float>();
  auto* bias_gradient = bias_gradient_.data_ptr<float>();
  const auto first = part * tiles_of_part_, last = std::min(tiles_, first + tiles_of_part_);
  auto scaled_for = state.references.size();  // none yet
  for (auto tile = last - 1; tile >= first; --tile) {
    const auto words = words_of(tile), word = tile * kTile;
    const auto version = state.version[static_cast<std::size_t>(tile - first)];
    if (version != scaled_for) {
      std::fill_n(scaled, n * columns, 0.0f);
      for (const auto& target : targets_) {
        const auto i = static_cast<std::size_t>(target.row);
        const auto factor = static_cast<float>(std::exp(state.references[version][i] - largest_[i] - log_sum_[i]));
        auto* row = scaled + target.row * columns;
        for (std::int64_t k = 0; k < width_; ++k) row[k] = hidden[target.row * width_ + k] * factor;
        row[width_] = factor;
      }
      if (rounded_) in_pairs(scaled, n, columns, half_scaled);
      scaled_for = version;
    }
    if (rounded_) {
      product(words, columns, n, halves(std::as_const(half_exponentials_)) + tile * kTile * n, n, half_scaled, columns,
              made, false);
    } else {
      product(words, columns, n, exponentials_.const_data_ptr<float>() + tile * kTile * n, n, scaled, columns, made,
              false);
    }
    for (std::int64_t v = 0; v < words; ++v) {
      const auto* from = made + v * columns;
      auto* to = weight_gradient + (word + v) * width_;
      if (first_chunk_) {
        std::copy_n(from, width_, to);
        bias_gradient[word + v] = from[width_];
      } else {
        for (std::int64_t k = 0; k < width_; ++k) to[k] += from[k];
        bias_gradient[word + v] += from[width_];
      }
    }
    for (const auto& target : targets_in(tile)) {
      auto* to = weight_gradient + target.word * width_;
      for (std::int64_t k = 0; k < width_; ++k) to[k] -= hidden[target.row * width_ + k];
      bias_gradient[target.word] -= 1;
    }
  }
}

}  // namespace zoo
