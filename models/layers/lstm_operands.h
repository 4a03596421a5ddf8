#pragma once

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdint>

#include "models/layers/bfloat16_rows.h"

// What a fused LSTM's products take: float32, or bfloat16 with sums in float32. For .cpp files of this folder only.

#ifndef _OPENMP
#error "at::parallel_for is a template: compiled without OpenMP it runs on one thread"
#endif

namespace zoo::lstm {

using torch::Tensor;

inline float* numbers(Tensor& tensor) { return tensor.data_ptr<float>(); }
inline const float* numbers(const Tensor& tensor) { return tensor.const_data_ptr<float>(); }
inline std::uint16_t* halves(Tensor& tensor) {
  return reinterpret_cast<std::uint16_t*>(tensor.data_ptr<at::BFloat16>());
}
inline const std::uint16_t* halves(const Tensor& tensor) {
  return reinterpret_cast<const std::uint16_t*>(tensor.const_data_ptr<at::BFloat16>());
}

/// Rows of a left operand, `stride` numbers apart: in one of both precisions.
struct Left {
  const float* single;
  const std::uint16_t* half;  ///< null: float32
  std::int64_t stride;
};

/// Matrices [blocks, K, N] that stand on the right of products: bfloat16 ones with the rows of each pair interleaved,
/// [blocks, K/2, N, 2], for which K must be even.
class Right {
 public:
  /// matrices: contiguous float32, which is kept where it is not rounded.
  Right(const Tensor& matrices, bool half) : rows_(matrices.size(1)), columns_(matrices.size(2)) {
    if (!half) {
      numbers_ = matrices;
      return;
    }
    const auto blocks = matrices.size(0);
    numbers_ = torch::empty({blocks, rows_ / 2, columns_, 2}, matrices.options().dtype(at::kBFloat16));
    const auto* from = numbers(matrices);
    auto* to = halves(numbers_);
    at::parallel_for(0, blocks * rows_ / 2, 16, [&](std::int64_t begin, std::int64_t end) {
      for (auto pair = begin; pair < end; ++pair) {
        const auto* even = from + 2 * pair * columns_;
        to_bfloat16_pairs(even, even + columns_, columns_, to + 2 * pair * columns_);
      }
    });
  }

  /// c [m, n] (+)= a [m, K] · columns [first, first + n) of this block.
  void multiply(std::int64_t m, std::int64_t n, const Left& a, std::int64_t block, std::int64_t first, float* c,
                std::int64_t c_stride, bool add) const {
    const auto at = block * rows_ * columns_;
    if (a.half == nullptr) {
      at::native::cpublas::brgemm(m, n, rows_, a.stride, columns_, c_stride, add, a.single,
                                  numbers(numbers_) + at + first, c, false);
    } else {
      at::native::cpublas::brgemm(m, n, rows_, a.stride, columns_, c_stride, add,
                                  reinterpret_cast<const at::BFloat16*>(a.half),
                                  numbers_.const_data_ptr<at::BFloat16>() + at + 2 * first, c, true);
    }
  }

 private:
  std::int64_t rows_, columns_;
  Tensor numbers_;
};

/// work(block) for each of `blocks`, of so many multiplications each, shared out among the threads where each gets
/// at least 2^18 of them: a small layer's step is not worth waking another thread.
template <class Work>
void for_each_block(std::int64_t blocks, std::int64_t multiplications, bool half, const Work& work) {
  const auto least = (std::int64_t{1} << 18) / std::max<std::int64_t>(1, multiplications);
  at::parallel_for(0, blocks, std::max<std::int64_t>(1, least), [&](std::int64_t begin, std::int64_t end) {
    for (auto block = begin; block < end; ++block) work(block);
    at::native::cpublas::brgemm_release(half);
  });
}

}  // namespace zoo::lstm
