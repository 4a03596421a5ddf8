#include "models/layers/softmax_rows.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "batches/batch.h"

namespace zoo {
namespace {

constexpr std::int64_t kLanes = 16;
using Floats = float __attribute__((vector_size(64)));
using Ints = std::int32_t __attribute__((vector_size(64)));

// Everything below is inlined into one function for each instruction set.
#define ZOO_INLINE __attribute__((always_inline)) inline

/// exp(x) for x ≤ 0 to about 1e-7 of its value: 2^n · e^r with |r| ≤ ln 2 / 2 and a polynomial for e^r.
ZOO_INLINE void exponential(Floats& x) {
  const Floats low = Floats{} - 87.0f;
  x = x < low ? low : x;
  const Floats n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // to the nearest whole number
  const Floats r = x - n * 0.693359375f + n * 2.12194440e-4f;
  Floats p = Floats{} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Ints power = (__builtin_convertvector(n, Ints) + 127) << 23;
  Floats scale;
  std::memcpy(&scale, &power, sizeof scale);
  x = p * scale;
}

ZOO_INLINE void load(Floats& x, const float* from, std::int64_t count, float filler) {
  if (count == kLanes) {
    std::memcpy(&x, from, sizeof x);
    return;
  }
  for (std::int64_t i = 0; i < kLanes; ++i) x[i] = i < count ? from[i] : filler;
}

struct RowSum {
  float maximum, sum;
};

/// The row's largest number m and Σ exp(x − m); with `output`, exp(x − m) is written there.
ZOO_INLINE RowSum exponentials(const float* row, std::int64_t size, float* output) {
  const auto lowest = -std::numeric_limits<float>::infinity();
  Floats largest = Floats{} + lowest, x;
  for (std::int64_t i = 0; i < size; i += kLanes) {
    load(x, row + i, std::min(kLanes, size - i), lowest);
    largest = x > largest ? x : largest;
  }
  RowSum result{lowest, 0};
  for (std::int64_t i = 0; i < kLanes; ++i) result.maximum = std::max(result.maximum, largest[i]);
  Floats sum{};
  for (std::int64_t i = 0; i < size; i += kLanes) {
    const auto count = std::min(kLanes, size - i);
    load(x, row + i, count, lowest);
    x -= result.maximum;
    exponential(x);
    if (count < kLanes) {
      for (std::int64_t j = count; j < kLanes; ++j) x[j] = 0;
    }
    sum += x;
    if (output != nullptr) std::memcpy(output + i, &x, static_cast<std::size_t>(count) * sizeof(float));
  }
  for (std::int64_t i = 0; i < kLanes; ++i) result.sum += sum[i];
  return result;
}

/// One row of softmax_minus_onehot_ (`gradient`) or of target_log_probabilities: log p(target).
ZOO_INLINE double one_row(float* row, std::int64_t size, std::int64_t target, bool gradient) {
  const auto wanted = row[target];
  const auto [maximum, sum] = exponentials(row, size, gradient ? row : nullptr);
  if (gradient) {
    const auto inverse = 1.0f / sum;
    for (std::int64_t i = 0; i < size; ++i) row[i] *= inverse;
    row[target] -= 1.0f;
  }
  return static_cast<double>(wanted) - maximum - std::log(static_cast<double>(sum));
}

using RowFunction = double (*)(float*, std::int64_t, std::int64_t, bool);
double plain_row(float* row, std::int64_t size, std::int64_t target, bool gradient) {
  return one_row(row, size, target, gradient);
}
#ifdef __x86_64__
__attribute__((target("avx2,fma"))) double avx2_row(float* row, std::int64_t size, std::int64_t target, bool gradient) {
  return one_row(row, size, target, gradient);
}
__attribute__((target("avx512f,avx2,fma"))) double avx512_row(float* row, std::int64_t size, std::int64_t target,
                                                              bool gradient) {
  return one_row(row, size, target, gradient);
}
#endif

RowFunction fastest_row() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return avx512_row;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_row;
#endif
  return plain_row;
}

/// Σ over rows is taken after all are done, in their order.
std::vector<double> all_rows(const Tensor& logits, const Tensor& target, bool gradient) {
  TORCH_CHECK(logits.dim() == 2 && logits.is_contiguous() && logits.scalar_type() == at::kFloat && logits.is_cpu());
  static const auto row_function = fastest_row();
  const auto rows = logits.size(0), size = logits.size(1);
  const auto wanted = target.contiguous();
  const auto* targets = wanted.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < rows; ++i) {
    if (targets[i] != kIgnored && (targets[i] < 0 || targets[i] >= size))
      fail("a target of {} is outside the vocabulary of {}", targets[i], size);
  }
  auto* data = logits.data_ptr<float>();
  std::vector<double> result(static_cast<std::size_t>(rows));
  at::parallel_for(0, rows, 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      auto* row = data + i * size;
      if (targets[i] != kIgnored) {
        result[static_cast<std::size_t>(i)] = row_function(row, size, targets[i], gradient);
      } else if (gradient) {
        std::fill_n(row, size, 0.0f);
      }
    }
  });
  return result;
}

}  // namespace

double softmax_minus_onehot_(Tensor& logits, const Tensor& target) {
  double sum = 0;
  for (const auto value : all_rows(logits, target, true)) sum += value;
  return sum;
}

Tensor target_log_probabilities(const Tensor& logits, const Tensor& target) {
  const auto values = all_rows(logits, target, false);
  auto result = torch::empty({logits.size(0)}, logits.options());  // [N]
  auto* out = result.data_ptr<float>();
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<float>(values[i]);
  return result;
}

}  // namespace zoo
