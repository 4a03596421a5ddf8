#include "models/word2vec/replicas.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {

FrequentRows::FrequentRows(std::span<const double> uses, std::int64_t most) : place_(uses.size()) {
  std::iota(place_.begin(), place_.end(), 0);
  std::vector<std::int32_t> order;
  for (const auto row : place_) {
    if (uses[static_cast<std::size_t>(row)] > 0) order.push_back(row);
  }
  const auto count = std::min(order.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, most)));
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(order.begin(), end, order.end(), [&](std::int32_t a, std::int32_t b) {
    const auto x = uses[static_cast<std::size_t>(a)], y = uses[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  });
  rows_.assign(order.begin(), end);
  std::sort(rows_.begin(), rows_.end());
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    place_[static_cast<std::size_t>(rows_[i])] = -1 - static_cast<std::int32_t>(i);
  }
}

template <class Cell>
Replica<Cell>::Replica(const FrequentRows& frequent, std::int64_t stride)
    : frequent_(frequent),
      stride_(stride),
      memory_(2 * frequent.rows().size() * static_cast<std::size_t>(stride) + 64 / sizeof(Cell)) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
  own_ = reinterpret_cast<Cell*>((address + 63) / 64 * 64);
  taken_ = own_ + std::ssize(frequent.rows()) * stride;
}

template <class Cell>
void Replica<Cell>::take(const Cell* matrix) {
  Cell *own = own_, *taken = taken_;
  for (const auto row : frequent_.rows()) {
    std::copy_n(matrix + row * stride_, stride_, own);
    std::copy_n(matrix + row * stride_, stride_, taken);
    own += stride_;
    taken += stride_;
  }
}

namespace {

/// How much of a row's change a (own − taken) and others' change b (shared − taken) together is kept:
/// min(1, (|a|² + |b|²) / |a + b|²). Changes that have nothing in common add up; of two that are the same, which come
/// of the same gradient twice, one is taken.
template <class Cell>
float share_kept(const Cell* own, const Cell* shared, const Cell* taken, std::int64_t width) {
  float apart = 0, together = 0;
  for (std::int64_t j = 0; j < width; ++j) {
    const float before = to_float(taken[j]), a = to_float(own[j]) - before, b = to_float(shared[j]) - before;
    apart += a * a + b * b;
    together += (a + b) * (a + b);
  }
  return together > apart ? apart / together : 1;
}

}  // namespace

template <class Cell>
void Replica<Cell>::merge(Cell* matrix) {
  Cell *own = own_, *taken = taken_;
  for (const auto row : frequent_.rows()) {
    Cell* shared = matrix + row * stride_;
    const bool alone = std::memcmp(shared, taken, static_cast<std::size_t>(stride_) * sizeof(Cell)) == 0;
    if (alone) {
      std::copy_n(own, stride_, shared);
    } else {
      const float share = share_kept(own, shared, taken, stride_);
      for (std::int64_t j = 0; j < stride_; ++j) {
        const float before = to_float(taken[j]);
        const float sum = before + share * ((to_float(own[j]) - before) + (to_float(shared[j]) - before));
        shared[j] = own[j] = nearest<Cell>(std::clamp(sum, -kLargest, kLargest));
      }
    }
    std::copy_n(shared, stride_, taken);
    own += stride_;
    taken += stride_;
  }
}

template class Replica<float>;
template class Replica<Half>;

}  // namespace zoo::word2vec
