#include "vectors/row_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "vectors/dot_products.h"

namespace zoo {
namespace {

constexpr std::int64_t kTile = 32;               ///< rows that stay in the nearest cache while all queries meet them
constexpr std::int64_t kWorthThreads = 1 << 22;  ///< multiplications, about a millisecond of one thread

bool better(const Neighbour& one, const Neighbour& other) {
  return one.score != other.score ? one.score > other.score : one.row < other.row;
}

bool has_direction(float length) { return length > 0 && std::isfinite(length); }

float score_of(const RowQuery& query, const float* dots, float norm) {
  if (query.score == RowQuery::Score::cosine) return dots[0] / norm;
  const auto shifted = [&](int k) { return (1 + dots[k] / norm) / 2; };  // 0 … 1 (footnote 7 of the paper)
  return shifted(0) * shifted(2) / (shifted(1) + 0.001F);
}

/// The best `top` of those offered, which come in the order of their rows.
class Best {
 public:
  explicit Best(std::int64_t top) : top_(static_cast<std::size_t>(top)) {}
  void offer(const RowQuery& query, const Neighbour& candidate) {
    const bool full = heap_.size() == top_;
    if (full && !better(candidate, heap_.front())) return;
    if (std::find(query.excluded.begin(), query.excluded.end(), candidate.row) != query.excluded.end()) return;
    if (full) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.pop_back();
    }
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end(), better);
  }
  /// What scores less need not be offered.
  float limit() const {
    return heap_.size() == top_ ? heap_.front().score - 1e-6F * std::max(1.0F, std::abs(heap_.front().score))
                                : -std::numeric_limits<float>::infinity();
  }
  const std::vector<Neighbour>& all() const { return heap_; }

 private:
  std::size_t top_;
  std::vector<Neighbour> heap_;  // the worst of the best in front
};

/// All vectors of the queries one after the other, and where each query's begin.
struct Packed {
  std::vector<float> vectors;  // [K, D]
  std::vector<std::int64_t> begin;
  std::int64_t count = 0;    // K
  bool cosines_only = true;  // one vector a query: the k-th is the k-th query's
};

Packed pack(std::span<const RowQuery> queries, std::int64_t dimension) {
  Packed packed;
  for (const auto& query : queries) {
    packed.begin.push_back(packed.count);
    packed.vectors.insert(packed.vectors.end(), query.vectors.begin(), query.vectors.end());
    packed.count = static_cast<std::int64_t>(packed.vectors.size()) / dimension;
    packed.cosines_only &= query.score == RowQuery::Score::cosine && !query.vectors.empty();
  }
  return packed;
}

/// What one thread has found.
class Part {
 public:
  Part(std::span<const RowQuery> queries, const Packed& packed, std::int64_t top)
      : queries_(queries),
        packed_(packed),
        best_(queries.size(), Best(top)),
        limits_(queries.size(), -std::numeric_limits<float>::infinity()) {}

  /// Rows begin … end − 1 offered to all queries.
  void scan(const EmbeddingTable& table, std::int64_t begin, std::int64_t end) {
    std::vector<float> dots(static_cast<std::size_t>(kTile * packed_.count));  // [tile, K]
    const std::byte* rows[kTile];
    for (auto first = begin; first < end; first += kTile) {
      const auto count = std::min(kTile, end - first);
      const auto norms = table.norms(first, first + count);  // while the rows are on their way through the caches
      for (std::int64_t i = 0; i < count; ++i) rows[i] = table.row_bytes(first + i);
      dot_products(rows, count, packed_.vectors.data(), packed_.count, table.dimension(), dots.data());
      for (std::int64_t i = 0; i < count; ++i) {
        const auto norm = norms[static_cast<std::size_t>(i)];
        if (has_direction(norm)) offer(first + i, dots.data() + i * packed_.count, norm);
      }
    }
  }
  const std::vector<Neighbour>& found(std::size_t query) const { return best_[query].all(); }

 private:
  void offer(std::int64_t row, const float* dots, float norm) {
    for (std::size_t q = 0; q < queries_.size(); ++q) {
      if (packed_.cosines_only) {  // most rows are far from being neighbours: that is seen without a division
        if (dots[q] > limits_[q] * norm) take(q, {row, dots[q] / norm});
      } else if (!queries_[q].vectors.empty()) {
        const auto score = score_of(queries_[q], dots + packed_.begin[q], norm);
        if (score > limits_[q]) take(q, {row, score});
      }
    }
  }
  void take(std::size_t q, const Neighbour& candidate) {
    best_[q].offer(queries_[q], candidate);
    limits_[q] = best_[q].limit();
  }

  std::span<const RowQuery> queries_;
  const Packed& packed_;
  std::vector<Best> best_;
  std::vector<float> limits_;  // by query
};

}  // namespace

std::vector<float> unit_length(std::span<const float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  const auto length = static_cast<float>(std::sqrt(squares));
  if (!has_direction(length)) return {};
  std::vector<float> unit(vector.begin(), vector.end());
  for (float& value : unit) value /= length;
  return unit;
}

std::vector<std::vector<Neighbour>> scan_rows(const EmbeddingTable& table, std::int64_t count,
                                              std::span<const RowQuery> queries, std::int64_t top, int threads) {
  std::vector<std::vector<Neighbour>> answers(queries.size());
  count = std::clamp<std::int64_t>(count, 0, table.size());
  const auto packed = pack(queries, table.dimension());
  if (packed.count == 0 || count == 0 || top <= 0) return answers;
  if (threads <= 0) threads = available_threads();
  if (count * table.dimension() * packed.count < kWorthThreads) threads = 1;
  const auto tiles = (count + kTile - 1) / kTile;
  std::vector<Part> parts(static_cast<std::size_t>(threads), Part(queries, packed, std::min(top, count)));
  run_on_threads(threads, [&](int thread) {
    parts[static_cast<std::size_t>(thread)].scan(table, tiles * thread / threads * kTile,
                                                 std::min(count, tiles * (thread + 1) / threads * kTile));
  });
  for (std::size_t q = 0; q < queries.size(); ++q) {
    auto& answer = answers[q];
    for (const auto& part : parts) answer.insert(answer.end(), part.found(q).begin(), part.found(q).end());
    std::sort(answer.begin(), answer.end(), better);
    if (static_cast<std::int64_t>(answer.size()) > top) answer.resize(static_cast<std::size_t>(top));
  }
  return answers;
}

}  // namespace zoo
