#include "models/layers/few_query_attention.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::Floats;
using lanes::kLanes;
using torch::Tensor;

/// The queries of a row in one head.
struct Queries {
  const float* query;
  std::int64_t count, query_stride;
  const float *keys, *values;  ///< of this head, row 0
  std::int64_t row, words, width, key_row, key_stride, value_row, value_stride;
  const bool* allowed;         ///< [S] or null
  const std::int32_t* origin;  ///< [S] or null
  float scale;
  float* scores;  ///< room for S up to a multiple of 16
  float* result;
  std::int64_t result_stride;

  std::int64_t row_of(std::int64_t s) const { return origin == nullptr ? row : origin[s]; }
};

using Eight = float __attribute__((vector_size(32)));
using Four = float __attribute__((vector_size(16)));

/// Four sums of a quarter of its numbers each.
ZOO_INLINE void quarters_of(const Floats& x, Four& sums) {
  const Eight halves = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                       __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  sums = __builtin_shufflevector(halves, halves, 0, 1, 2, 3) + __builtin_shufflevector(halves, halves, 4, 5, 6, 7);
}

ZOO_INLINE float sum_of(const Floats& x) {
  Four sums;
  quarters_of(x, sums);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// A vector against N others: their sums wait for nothing but themselves.
template <int N>
ZOO_INLINE void dots(const float* a, const float* const* b, std::int64_t width, float* result) {
  Floats sums[N] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    Floats x;
    std::memcpy(&x, a + i, sizeof x);
    for (int n = 0; n < N; ++n) {
      Floats y;
      std::memcpy(&y, b[n] + i, sizeof y);
      sums[n] += x * y;
    }
  }
  for (int n = 0; n < N; ++n) {
    result[n] = sum_of(sums[n]);
    for (auto rest = i; rest < width; ++rest) result[n] += a[rest] * b[n][rest];
  }
}

/// exp(x − largest) of all; those behind `words` are 0. Returns the sum.
ZOO_INLINE float exponentials(float* x, std::int64_t words, float largest) {
  Floats sum = {};
  for (std::int64_t i = 0; i < words; i += kLanes) {
    Floats part;
    std::memcpy(&part, x + i, sizeof part);
    part -= largest;
    lanes::exponential(part);
    for (auto behind = words - i; behind < kLanes; ++behind) part[behind] = 0;
    std::memcpy(x + i, &part, sizeof part);
    sum += part;
  }
  return sum_of(sum);
}

/// Σ weight · value over the words, N · 16 of their numbers from `first` on.
template <int N>
ZOO_INLINE void add_up(const Queries& q, float share, std::int64_t first, float* result) {
  Floats sums[N] = {};
  for (std::int64_t s = 0; s < q.words; ++s) {
    const auto* value = q.values + q.row_of(s) * q.value_row + s * q.value_stride + first;
    const auto weight = q.scores[s] * share;
    for (int n = 0; n < N; ++n) {
      Floats x;
      std::memcpy(&x, value + n * kLanes, sizeof x);
      sums[n] += x * weight;
    }
  }
  std::memcpy(result + first, sums, sizeof sums);
}

ZOO_INLINE void attend(const Queries& q) {
  constexpr int kAtOnce = 4;
  constexpr auto kNothing = -std::numeric_limits<float>::infinity();
  for (std::int64_t t = 0; t < q.count; ++t) {
    const auto* query = q.query + t * q.query_stride;
    const auto key = [&](std::int64_t s) { return q.keys + q.row_of(s) * q.key_row + s * q.key_stride; };
    std::int64_t s = 0;
    for (; s + kAtOnce <= q.words; s += kAtOnce) {
      const float* const keys[] = {key(s), key(s + 1), key(s + 2), key(s + 3)};
      dots<kAtOnce>(query, keys, q.width, q.scores + s);
    }
    for (; s < q.words; ++s) {
      const auto* const one = key(s);
      dots<1>(query, &one, q.width, q.scores + s);
    }
    auto largest = kNothing;
    for (s = 0; s < q.words; ++s) {
      q.scores[s] = q.allowed == nullptr || q.allowed[s] ? q.scores[s] * q.scale : kNothing;
      largest = q.scores[s] > largest ? q.scores[s] : largest;
    }
    auto* result = q.result + t * q.result_stride;
    if (largest == kNothing) {  // who may look at nothing
      std::memset(result, 0, static_cast<std::size_t>(q.width) * sizeof(float));
      continue;
    }
    const auto share = 1 / exponentials(q.scores, q.words, largest);
    for (s = 0; s < q.words && q.allowed != nullptr; ++s) {
      if (!q.allowed[s]) q.scores[s] = 0;
    }
    std::int64_t first = 0;
    for (; first + 4 * kLanes <= q.width; first += 4 * kLanes) add_up<4>(q, share, first, result);
    for (; first + kLanes <= q.width; first += kLanes) add_up<1>(q, share, first, result);
    for (; first < q.width; ++first) {
      result[first] = 0;
      for (s = 0; s < q.words; ++s) {
        result[first] += q.scores[s] * share * q.values[q.row_of(s) * q.value_row + s * q.value_stride + first];
      }
    }
  }
}

}  // namespace

Tensor few_query_attention(const Tensor& query, const Tensor& keys, const Tensor& values, const Tensor& allowed,
                           const Tensor& origin) {
  const auto rows = query.size(0), heads = query.size(1), count = query.size(2), width = query.size(3);
  const auto words = keys.size(2), shared = heads / keys.size(1);
  TORCH_CHECK(query.stride(3) == 1 && keys.stride(3) == 1 && values.stride(3) == 1, "numbers side by side are wanted");
  const auto mask = allowed.defined() ? allowed.expand({rows, 1, 1, words}).contiguous() : Tensor();  // [B, 1, 1, S]
  const auto places = origin.defined() ? origin.contiguous() : Tensor();                              // [B, S]
  auto result = torch::empty({rows, count, heads * width}, query.options());                          // [B, T, H·d]
  const auto* asks = query.const_data_ptr<float>();
  const auto* key = keys.const_data_ptr<float>();
  const auto* value = values.const_data_ptr<float>();
  const auto* seen = mask.defined() ? mask.const_data_ptr<bool>() : nullptr;
  const auto* place = places.defined() ? places.const_data_ptr<std::int32_t>() : nullptr;
  auto* to = result.data_ptr<float>();
  const auto cost = std::max<std::int64_t>(1, count * words * width);
  at::parallel_for(0, rows * heads, std::max<std::int64_t>(1, 32768 / cost), [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores(static_cast<std::size_t>((words + kLanes - 1) / kLanes * kLanes));
    for (auto number = begin; number < end; ++number) {
      const auto row = number / heads, head = number % heads, from = head / shared;
      on_processor<attend>(
          Queries{asks + row * query.stride(0) + head * query.stride(1), count, query.stride(2),
                  key + from * keys.stride(1), value + from * values.stride(1), row, words, width, keys.stride(0),
                  keys.stride(2), values.stride(0), values.stride(2), seen == nullptr ? nullptr : seen + row * words,
                  place == nullptr ? nullptr : place + row * words, 1 / std::sqrt(static_cast<float>(width)),
                  scores.data(), to + row * count * heads * width + head * width, heads * width});
    }
  });
  return result;
}

}  // namespace zoo
