#include <algorithm>
#include <cmath>

#include "models/word2vec/kernels/variants.h"

namespace zoo::word2vec {
namespace {

float held(float x) { return std::clamp(x, -kLargest, kLargest); }

/// g = rate · (label − σ(h·out)); counts the loss.
float gradient(Work& work, const float* h, const float* out, float label) {
  float score = 0;
  for (std::int64_t j = 0; j < work.stride; ++j) score += h[j] * out[j];
  const float small = std::exp(-std::min(std::abs(score), 80.0F));
  const float sigmoid = score >= 0 ? 1 / (1 + small) : small / (1 + small);
  work.expect(1);
  work.linear[0] += std::max(label > 0.5F ? -score : score, 0.0F);
  work.product[0] *= 1 + small;
  return work.rate * (label - sigmoid);
}

/// Up to kGroup h against all outputs at once. `change` [n] rows: Σ_k g_k·out_k.
void step(Work& work, const float* const* h, int n, float* const* outputs, const float* labels, int m,
          float* const* change) {
  float g[kGroup][kMaxOutputs];
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < m; ++k) g[i][k] = gradient(work, h[i], outputs[k], labels[k]);
    std::fill_n(change[i], work.stride, 0.0F);
  }
  for (int k = 0; k < m; ++k) {
    for (std::int64_t j = 0; j < work.stride; ++j) {
      float out = outputs[k][j];
      for (int i = 0; i < n; ++i) {
        change[i][j] += g[i][k] * outputs[k][j];
        out += g[i][k] * h[i][j];
      }
      outputs[k][j] = held(out);
    }
  }
}

/// One output after the other, h unchanged.
void step_in_turn(Work& work, const float* h, float* const* outputs, const float* labels, int m, float* change) {
  std::fill_n(change, work.stride, 0.0F);
  for (int k = 0; k < m; ++k) {
    const float g = gradient(work, h, outputs[k], labels[k]);
    for (std::int64_t j = 0; j < work.stride; ++j) {
      change[j] += g * outputs[k][j];
      outputs[k][j] = held(outputs[k][j] + g * h[j]);
    }
  }
}

void add(const Work& work, float* row, const float* change) {
  for (std::int64_t j = 0; j < work.stride; ++j) row[j] = held(row[j] + change[j]);
}

void gather(Work& work, float* const* inputs, int n, float* h) {
  for (std::int64_t j = 0; j < work.stride; ++j) {
    float sum = 0;
    for (int i = 0; i < n; ++i) sum += inputs[i][j];
    h[j] = work.mean ? sum / static_cast<float>(n) : sum;
  }
}

void pairs(Work& work, float* const* inputs, int n, float* const* outputs, const float* labels, int m) {
  float* change[kGroup];
  for (int i = 0; i < kGroup; ++i) change[i] = work.row(i);
  for (int i = 0; i < n;) {
    const int together = group_of(inputs + i, n - i);
    step(work, inputs + i, together, outputs, labels, m, change);
    for (int c = 0; c < together; ++c) add(work, inputs[i + c], change[c]);
    i += together;
  }
}

void pairs_in_turn(Work& work, float* const* inputs, int n, float* const* outputs, const float* labels, int m) {
  for (int i = 0; i < n; ++i) {
    step_in_turn(work, inputs[i], outputs, labels, m, work.row(0));
    add(work, inputs[i], work.row(0));
  }
}

void bag(Work& work, float* const* inputs, int n, float* const* outputs, const float* labels, int m) {
  float* const h = work.row(2);
  float* const change[1] = {work.row(0)};
  gather(work, inputs, n, h);
  step(work, &h, 1, outputs, labels, m, change);
  for (int i = 0; i < n; ++i) add(work, inputs[i], change[0]);
}

void bag_in_turn(Work& work, float* const* inputs, int n, float* const* outputs, const float* labels, int m) {
  gather(work, inputs, n, work.row(2));
  step_in_turn(work, work.row(2), outputs, labels, m, work.row(0));
  for (int i = 0; i < n; ++i) add(work, inputs[i], work.row(0));
}

}  // namespace

const Kernel& scalar_kernel() {
  static const Kernel kernel = {"scalar", pairs, bag, pairs_in_turn, bag_in_turn};
  return kernel;
}

}  // namespace zoo::word2vec
