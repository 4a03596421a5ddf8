#include <algorithm>
#include <cmath>

#include "models/word2vec/kernels/variants.h"

namespace zoo::word2vec {
namespace {

float held(float x) { return std::clamp(x, -kLargest, kLargest); }

void put(float& cell, float x, std::uint32_t) { cell = x; }
void put(Half& cell, float x, std::uint32_t dither) { cell = rounded(x, dither); }

/// g = rate · (label − σ(h·out)); counts the loss.
template <class Cell>
float gradient(Work& work, const float* h, const Cell* out, float label) {
  float score = 0;
  for (std::int64_t j = 0; j < work.width; ++j) score += h[j] * to_float(out[j]);
  const float small = std::exp(-std::min(std::abs(score), 80.0F));
  const float sigmoid = score >= 0 ? 1 / (1 + small) : small / (1 + small);
  work.expect(1);
  work.linear[0] += std::max(label > 0.5F ? -score : score, 0.0F);
  work.product[0] *= 1 + small;
  return work.rate * (label - sigmoid);
}

/// Up to kGroup h against all outputs at once. `change` [n] rows: Σ_k g_k·out_k.
template <class Cell>
void step(Work& work, const float* const* h, int n, Cell* const* outputs, const float* labels, int m,
          float* const* change) {
  const auto dither = work.dither.draw();
  float g[kGroup][kMaxOutputs];
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < m; ++k) g[i][k] = gradient(work, h[i], outputs[k], labels[k]);
    std::fill_n(change[i], work.width, 0.0F);
  }
  for (int k = 0; k < m; ++k) {
    for (std::int64_t j = 0; j < work.width; ++j) {
      const float old = to_float(outputs[k][j]);
      float out = old;
      for (int i = 0; i < n; ++i) {
        change[i][j] += g[i][k] * old;
        out += g[i][k] * h[i][j];
      }
      put(outputs[k][j], held(out), dither.at(k, j));
    }
  }
}

/// One output after the other, h unchanged.
template <class Cell>
void step_in_turn(Work& work, const float* h, Cell* const* outputs, const float* labels, int m, float* change) {
  std::fill_n(change, work.width, 0.0F);
  for (int k = 0; k < m; ++k) {
    const auto dither = work.dither.draw();
    const float g = gradient(work, h, outputs[k], labels[k]);
    for (std::int64_t j = 0; j < work.width; ++j) {
      const float old = to_float(outputs[k][j]);
      change[j] += g * old;
      put(outputs[k][j], held(old + g * h[j]), dither.at(0, j));
    }
  }
}

template <class Cell>
void add(Work& work, Cell* row, const float* change) {
  const auto dither = work.dither.draw();
  for (std::int64_t j = 0; j < work.width; ++j) put(row[j], held(to_float(row[j]) + change[j]), dither.at(0, j));
}

template <class Cell>
void gather(Work& work, Cell* const* inputs, int n, float* h) {
  for (std::int64_t j = 0; j < work.width; ++j) {
    float sum = 0;
    for (int i = 0; i < n; ++i) sum += to_float(inputs[i][j]);
    h[j] = work.mean ? sum / static_cast<float>(n) : sum;
  }
}

template <class Cell>
void copy(const Work& work, const Cell* row, float* h) {
  for (std::int64_t j = 0; j < work.width; ++j) h[j] = to_float(row[j]);
}

template <class Cell>
void pairs(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  float *h[kGroup], *change[kGroup];
  for (int i = 0; i < kGroup; ++i) {
    h[i] = work.row(i);
    change[i] = work.row(kGroup + i);
  }
  for (int i = 0; i < n;) {
    const int together = group_of(inputs + i, n - i);
    for (int c = 0; c < together; ++c) copy(work, inputs[i + c], h[c]);
    step(work, h, together, outputs, labels, m, change);
    for (int c = 0; c < together; ++c) add(work, inputs[i + c], change[c]);
    i += together;
  }
}

template <class Cell>
void pairs_in_turn(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  for (int i = 0; i < n; ++i) {
    copy(work, inputs[i], work.row(1));
    step_in_turn(work, work.row(1), outputs, labels, m, work.row(0));
    add(work, inputs[i], work.row(0));
  }
}

template <class Cell>
void bag(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  float* const h = work.row(2);
  float* const change[1] = {work.row(0)};
  gather(work, inputs, n, h);
  step(work, &h, 1, outputs, labels, m, change);
  for (int i = 0; i < n; ++i) add(work, inputs[i], change[0]);
}

template <class Cell>
void bag_in_turn(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  gather(work, inputs, n, work.row(2));
  step_in_turn(work, work.row(2), outputs, labels, m, work.row(0));
  for (int i = 0; i < n; ++i) add(work, inputs[i], work.row(0));
}

template <class Cell>
constexpr Updates<Cell> updates() {
  return {pairs<Cell>, bag<Cell>, pairs_in_turn<Cell>, bag_in_turn<Cell>};
}

}  // namespace

const Kernel& scalar_kernel() {
  static const Kernel kernel = {"scalar", updates<float>(), updates<Half>()};
  return kernel;
}

}  // namespace zoo::word2vec
