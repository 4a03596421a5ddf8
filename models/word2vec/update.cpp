#include "models/word2vec/update.h"

#include <algorithm>
#include <cmath>

namespace zoo::word2vec {
namespace {

constexpr std::size_t kRowsAhead = 20;

template <class Cell>
void prefetch(const Cell* row, std::int64_t dim) {
  for (std::int64_t j = 0; j < dim; j += padded<Cell>(1)) __builtin_prefetch(row + j);
}

/// A matrix as one thread sees it.
template <class Cell>
struct View {
  Cell *shared, *own;
  std::int64_t stride;
  Cell* at(std::int32_t place) const {
    const auto row = place < 0 ? -1 - static_cast<std::int64_t>(place) : place;
    return (place < 0 ? own : shared) + row * stride;
  }
};

}  // namespace

template <class Cell>
Updater<Cell>::Updater(const Kernel& kernel, const Shape& shape, std::int64_t dim)
    : updates_(kernel.of<Cell>()), shape_(shape), work_(padded<float>(dim)) {
  work_.mean = shape.mean;
  for (auto& found : ring_) {
    found.outputs.resize(kMaxOutputs);
    found.labels.resize(kMaxOutputs);
  }
}

template <class Cell>
void Updater<Cell>::find(const WindowList& list, const Window& window, const Rows<Cell>& rows, const OwnRows<Cell>& own,
                         FoundRows<Cell>& found) const {
  const View<Cell> input = {rows.input, own.input, rows.stride}, output = {rows.output, own.output, rows.stride};
  const auto* ids = list.ids.data() + window.first;
  found.inputs.clear();
  for (int i = 0; i < window.inputs; ++i) {
    if (rows.ngrams != nullptr) {
      for (const auto place : rows.ngrams->of(ids[i])) found.inputs.push_back(input.at(place));
    } else {
      found.inputs.push_back(input.at(own.input_place != nullptr ? own.input_place[ids[i]] : ids[i]));
    }
  }
  ids += window.inputs;
  for (int k = 0; k < window.outputs; ++k) {
    const auto row = ids[k] >> 1;
    found.outputs[static_cast<std::size_t>(k)] = output.at(own.output_place != nullptr ? own.output_place[row] : row);
    found.labels[static_cast<std::size_t>(k)] = static_cast<float>(ids[k] & 1);
  }
  // Most rows are neither in the first nor the second cache.
  for (const Cell* row : found.inputs) prefetch(row, rows.dim);
  for (int k = 0; k < window.outputs; ++k) prefetch(found.outputs[static_cast<std::size_t>(k)], rows.dim);
}

template <class Cell>
void Updater<Cell>::update(const WindowList& list, const Rows<Cell>& rows, const OwnRows<Cell>& own) {
  const auto plain = shape_.bag ? updates_.bag : updates_.pairs;
  const auto in_turn = shape_.bag ? updates_.bag_in_turn : updates_.pairs_in_turn;
  work_.dither.start(list.dither);
  const auto count = list.windows.size();
  const auto mean_rows = list.ids.size() / std::max<std::size_t>(1, count);
  const auto ahead = std::clamp<std::size_t>(kRowsAhead / std::max<std::size_t>(1, mean_rows), 1, kRing - 1);
  for (std::size_t w = 0; w < count + ahead; ++w) {
    if (w < count) find(list, list.windows[w], rows, own, ring_[w % kRing]);
    if (w < ahead) continue;
    const Window& window = list.windows[w - ahead];
    const FoundRows<Cell>& found = ring_[(w - ahead) % kRing];
    work_.rate = window.rate;
    (window.repeats ? in_turn : plain)(work_, found.inputs.data(), static_cast<int>(found.inputs.size()),
                                       found.outputs.data(), found.labels.data(), window.outputs);
  }
}

template class Updater<float>;
template class Updater<Half>;

double loss_of(const WindowList& list, const Rows<float>& rows, const Shape& shape) {
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
  const auto add_row = [&](std::int64_t row) {
    for (std::int64_t d = 0; d < dim; ++d) h[static_cast<std::size_t>(d)] += rows.input[row * stride + d];
  };
  for (const auto& window : list.windows) {
    const auto* ids = list.ids.data() + window.first;
    const auto* outputs = ids + window.inputs;
    if (!shape.bag) {
      for (int i = 0; i < window.inputs; ++i) add_loss(rows.input + ids[i] * stride, outputs, window.outputs);
      continue;
    }
    std::fill(h.begin(), h.end(), 0.0F);
    std::size_t summed = 0;
    for (int i = 0; i < window.inputs; ++i) {
      if (rows.ngrams == nullptr) {
        add_row(ids[i]);
        ++summed;
        continue;
      }
      for (const auto row : rows.ngrams->of(ids[i])) add_row(row);
      summed += rows.ngrams->of(ids[i]).size();
    }
    for (auto& x : h) x = shape.mean ? x / static_cast<float>(summed) : x;
    add_loss(h.data(), outputs, window.outputs);
  }
  return loss;
}

}  // namespace zoo::word2vec
