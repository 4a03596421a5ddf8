#include "models/word2vec/update.h"

#include <algorithm>
#include <cmath>

namespace zoo::word2vec {
namespace {

constexpr std::size_t kMaxInputs = 256;  // options.window is at most 100

/// Asks for the rows of a window before they are needed: most are neither in the first nor the second cache.
void fetch(const WindowList& list, const Window& window, const float* input, const float* output, std::int64_t stride) {
  const auto* ids = list.ids.data() + window.first;
  for (int i = 0; i < window.inputs; ++i) {
    const float* row = input + ids[i] * stride;
    for (std::int64_t j = 0; j < stride; j += kRowFloats) __builtin_prefetch(row + j);
  }
  ids += window.inputs;
  for (int k = 0; k < window.outputs; ++k) {
    const float* row = output + (ids[k] >> 1) * stride;
    for (std::int64_t j = 0; j < stride; j += kRowFloats) __builtin_prefetch(row + j);
  }
}

}  // namespace

void update(const WindowList& list, const Rows& rows, bool cbow, const Kernel& kernel, Work& work) {
  float *const input = rows.input, *const output = rows.output;
  const auto stride = work.stride;
  float* inputs[kMaxInputs];
  float* outputs[kMaxOutputs];
  float labels[kMaxOutputs];
  const auto plain = cbow ? kernel.bag : kernel.pairs;
  const auto in_turn = cbow ? kernel.bag_in_turn : kernel.pairs_in_turn;
  for (std::size_t w = 0; w < list.windows.size(); ++w) {
    if (w + 1 < list.windows.size()) fetch(list, list.windows[w + 1], input, output, stride);
    const Window& window = list.windows[w];
    const auto* ids = list.ids.data() + window.first;
    for (int i = 0; i < window.inputs; ++i) inputs[i] = input + ids[i] * stride;
    ids += window.inputs;
    for (int k = 0; k < window.outputs; ++k) {
      outputs[k] = output + (ids[k] >> 1) * stride;
      labels[k] = static_cast<float>(ids[k] & 1);
    }
    work.rate = window.rate;
    (window.repeats ? in_turn : plain)(work, inputs, window.inputs, outputs, labels, window.outputs);
  }
}

double loss_of(const WindowList& list, const Rows& rows, bool cbow, bool mean) {
  const auto stride = rows.stride, dim = rows.dim;
  double loss = 0;
  std::vector<float> h(static_cast<std::size_t>(dim));
  const auto add_loss = [&](const float* row, const std::int32_t* outputs, int m) {
    for (int k = 0; k < m; ++k) {
      const float* out = rows.output + (outputs[k] >> 1) * stride;
      float score = 0;
      for (std::int64_t d = 0; d < dim; ++d) score += row[d] * out[d];
      const double against = (outputs[k] & 1) != 0 ? -score : score;
      loss += std::max(against, 0.0) + std::log1p(std::exp(-std::abs(against)));
    }
  };
  for (const auto& window : list.windows) {
    const auto* ids = list.ids.data() + window.first;
    const auto* outputs = ids + window.inputs;
    if (cbow) std::fill(h.begin(), h.end(), 0.0F);
    for (int i = 0; i < window.inputs; ++i) {
      const float* row = rows.input + ids[i] * stride;
      if (!cbow) {
        add_loss(row, outputs, window.outputs);
      } else {
        for (std::int64_t d = 0; d < dim; ++d) h[static_cast<std::size_t>(d)] += row[d];
      }
    }
    if (!cbow) continue;
    for (auto& x : h) x = mean ? x / static_cast<float>(window.inputs) : x;
    add_loss(h.data(), outputs, window.outputs);
  }
  return loss;
}

}  // namespace zoo::word2vec
