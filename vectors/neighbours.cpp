#include "vectors/neighbours.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/spelling.h"

namespace zoo {
namespace {

/// Sixteen floats side by side: the compiler makes of it what the machine has.
typedef float Lanes __attribute__((vector_size(64)));

/// Dot product of `query` [D] with a row that may lie unaligned.
float dot(const float* query, const std::byte* row, std::int64_t dimension) {
  Lanes sums = {}, left, right;
  std::int64_t j = 0;
  for (; j + 16 <= dimension; j += 16) {
    std::memcpy(&left, query + j, sizeof left);
    std::memcpy(&right, row + j * 4, sizeof right);
    sums += left * right;
  }
  float total = 0;
  for (int lane = 0; lane < 16; ++lane) total += sums[lane];
  for (; j < dimension; ++j) {
    float value;
    std::memcpy(&value, row + j * 4, sizeof value);
    total += query[j] * value;
  }
  return total;
}

bool better(const Neighbour& one, const Neighbour& other) {
  return one.cosine != other.cosine ? one.cosine > other.cosine : one.row < other.row;
}

bool has_direction(float length) { return length > 0 && std::isfinite(length); }

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

}  // namespace

NeighbourSearch::NeighbourSearch(EmbeddingTable table, std::int64_t restrict_to)
    : table_(std::move(table)), rows_(restrict_to > 0 ? std::min(restrict_to, table_.size()) : table_.size()) {}

std::optional<std::int64_t> NeighbourSearch::find(std::string_view word) const {
  const auto lower = lower_case(word);
  for (const auto& form : {std::string(word), lower, "\u2581" + std::string(word), "\u2581" + lower}) {
    if (const auto row = table_.find(form)) return row;
  }
  return std::nullopt;
}

std::vector<std::string> NeighbourSearch::spelled_like(std::string_view word, std::size_t count) const {
  const std::size_t limit = std::max<std::size_t>(2, word.size() / 3 + 1);
  std::vector<std::pair<std::size_t, std::int64_t>> found;  // distance, row
  for (std::int64_t row = 0; row < table_.size(); ++row) {
    const auto distance = letters_apart(word, table_.word(row), limit);
    if (distance < limit) found.emplace_back(distance, row);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(count, found.size()); ++i) words.push_back(table_.word(found[i].second));
  return words;
}

std::vector<Neighbour> NeighbourSearch::nearest(std::span<const float> query, std::int64_t top,
                                                std::span<const std::int64_t> excluded) const {
  double squares = 0;
  for (const float value : query) squares += static_cast<double>(value) * value;
  const auto length = static_cast<float>(std::sqrt(squares));
  std::vector<Neighbour> best;  // a heap, the worst of the best in front
  if (!has_direction(length) || top <= 0) return best;
  const auto norms = table_.norms();
  for (std::int64_t row = 0; row < rows_; ++row) {
    const auto norm = norms[static_cast<std::size_t>(row)];
    if (!has_direction(norm)) continue;
    const Neighbour candidate{row, dot(query.data(), table_.row_bytes(row), table_.dimension()) / (norm * length)};
    const bool full = static_cast<std::int64_t>(best.size()) == top;
    if (full && !better(candidate, best.front())) continue;
    if (std::find(excluded.begin(), excluded.end(), row) != excluded.end()) continue;
    if (full) {
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
    best.push_back(candidate);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort_heap(best.begin(), best.end(), better);
  return best;
}

std::vector<Neighbour> NeighbourSearch::nearest(std::int64_t row, std::int64_t top) const {
  return nearest(table_.row(row), top, std::span(&row, 1));
}

std::vector<Neighbour> NeighbourSearch::analogy(std::int64_t a, std::int64_t b, std::int64_t c,
                                                std::int64_t top) const {
  std::vector<float> query(static_cast<std::size_t>(table_.dimension()), 0.0F);  // [D]
  const auto add = [&](std::int64_t row, float sign) {
    const auto norm = table_.norms()[static_cast<std::size_t>(row)];
    if (!has_direction(norm)) return;
    const auto vector = table_.row(row);  // [D]
    for (std::size_t j = 0; j < query.size(); ++j) query[j] += sign * vector[j] / norm;
  };
  add(a, -1);
  add(b, 1);
  add(c, 1);
  const std::int64_t question[] = {a, b, c};
  return nearest(query, top, question);
}

}  // namespace zoo
