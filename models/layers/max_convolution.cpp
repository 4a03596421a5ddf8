#include "models/layers/max_convolution.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::Floats;
using lanes::Ints;
using lanes::kLanes;
using torch::Tensor;

constexpr std::int64_t kRowsAThread = 16;

/// The largest number of each column of `scores` [places, columns] and the first place that has it; columns a multiple
/// of 16.
ZOO_INLINE void best(const float* scores, std::int64_t places, std::int64_t columns, float* largest,
                     std::int32_t* first) {
  for (std::int64_t column = 0; column < columns; column += kLanes) {
    Floats most;
    std::memcpy(&most, scores + column, sizeof most);
    Ints where = {};
    for (std::int64_t place = 1; place < places; ++place) {
      Floats one;
      std::memcpy(&one, scores + place * columns + column, sizeof one);
      const Ints above = one > most;
      most = above ? one : most;
      where = above ? Ints{} + static_cast<std::int32_t>(place) : where;
    }
    std::memcpy(largest + column, &most, sizeof most);
    std::memcpy(first + column, &where, sizeof where);
  }
}

/// to += factor · from
ZOO_INLINE void add(float factor, const float* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Floats x, y;
    std::memcpy(&x, from + i, sizeof x);
    std::memcpy(&y, to + i, sizeof y);
    y += x * factor;
    std::memcpy(to + i, &y, sizeof y);
  }
  for (; i < count; ++i) to[i] += factor * from[i];
}

class MaxConvolution : public torch::autograd::Function<MaxConvolution> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
    const auto rows = x.size(0), length = x.size(1), d = x.size(2), filters = weight.size(0);
    const auto depth = weight.size(1) * d, places = length - weight.size(1) + 1;
    const auto columns = (filters + kLanes - 1) / kLanes * kLanes;
    const auto from = x.contiguous();  // [U, K, d]
    const auto turned = at::constant_pad_nd(weight.reshape({filters, depth}).t(), {0, columns - filters}).contiguous();
    auto result = torch::empty({rows, filters}, x.options());                    // [U, n]
    auto first = torch::empty({rows, filters}, x.options().dtype(torch::kInt));  // [U, n]
    at::parallel_for(0, rows, kRowsAThread, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scores(static_cast<std::size_t>(places * columns)), most(static_cast<std::size_t>(columns));
      std::vector<std::int32_t> where(static_cast<std::size_t>(columns));
      for (auto row = begin; row < end; ++row) {
        // What a filter sees at one place lies in a row, and what it sees at the next begins d numbers further.
        at::native::cpublas::brgemm(places, columns, depth, d, columns, columns, false,
                                    from.const_data_ptr<float>() + row * length * d, turned.const_data_ptr<float>(),
                                    scores.data(), false);
        on_processor<best>(scores.data(), places, columns, most.data(), where.data());
        std::copy_n(most.data(), filters, result.data_ptr<float>() + row * filters);
        std::copy_n(where.data(), filters, first.data_ptr<std::int32_t>() + row * filters);
      }
      at::native::cpublas::brgemm_release(false);
    });
    context->save_for_backward({from, weight, first});
    return result.add_(bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &first = saved[2];   // [U, K, d], [U, n]
    const auto weight = saved[1].contiguous();     // [n, w, d]
    const auto given = gradients[0].contiguous();  // [U, n]
    const auto rows = x.size(0), d = x.size(2), row_size = x.size(1) * d, filters = weight.size(0);
    const auto depth = weight.size(1) * d;
    const auto* pull = given.const_data_ptr<float>();
    const auto* place = first.const_data_ptr<std::int32_t>();
    Tensor to_x, to_weight, to_bias;
    if (context->needs_input_grad(0)) {
      to_x = torch::zeros_like(x);
      at::parallel_for(0, rows, kRowsAThread, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin * filters; i < end * filters; ++i) {
          on_processor<add>(pull[i], weight.const_data_ptr<float>() + i % filters * depth, depth,
                            to_x.data_ptr<float>() + i / filters * row_size + place[i] * d);
        }
      });
    }
    if (context->needs_input_grad(1)) {
      to_weight = torch::zeros_like(weight);
      // A filter's sum is one thread's, in the order of the rows: the same for any number of threads.
      at::parallel_for(0, filters, 4, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = 0; row < rows; ++row) {
          for (auto filter = begin; filter < end; ++filter) {
            const auto i = row * filters + filter;
            on_processor<add>(pull[i], x.const_data_ptr<float>() + row * row_size + place[i] * d, depth,
                              to_weight.data_ptr<float>() + filter * depth);
          }
        }
      });
    }
    if (context->needs_input_grad(2)) to_bias = given.sum(0);  // [n]
    return {to_x, to_weight, to_bias};
  }
};

}  // namespace

Tensor max_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  TORCH_CHECK(weight.size(1) <= x.size(1) && weight.size(2) == x.size(2), "a filter is no longer than the row");
  if (x.is_cpu() && x.scalar_type() == torch::kFloat && weight.scalar_type() == torch::kFloat && x.size(0) > 0) {
    return MaxConvolution::apply(x, weight, bias);
  }
  return std::get<0>(torch::conv1d(x.transpose(1, 2), weight.transpose(1, 2), bias).max(2));
}

}  // namespace zoo
