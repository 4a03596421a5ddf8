#include "vectors/neighbours.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/parallel.h"
#include "base/spelling.h"

namespace zoo {
namespace {

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

WordVector NeighbourSearch::at(std::int64_t row) const { return {row, unit_length(table_.row(row))}; }

std::optional<WordVector> NeighbourSearch::look_up(std::string_view word) const {
  if (const auto row = find(word)) return at(*row);
  if (const auto made = table_.unknown(word)) return WordVector{std::nullopt, unit_length(*made)};
  return std::nullopt;
}

std::string NeighbourSearch::unknown_word(std::string_view word) const {
  const auto likes = spelled_like(word, 5);
  return fmt::format("'{}' is not among the {} words{}", word, table_.size(),
                     likes.empty() ? "; try another" : fmt::format("; spelled alike: {}", fmt::join(likes, ", ")));
}

RowQuery NeighbourSearch::near(const WordVector& word) const {
  RowQuery query{.vectors = word.unit};
  if (word.row) query.excluded.push_back(*word.row);
  return query;
}

RowQuery NeighbourSearch::like(const WordVector& a, const WordVector& b, const WordVector& c,
                               AnalogyMethod method) const {
  RowQuery query;
  for (const auto* word : {&a, &b, &c}) {
    if (word->row) query.excluded.push_back(*word->row);
  }
  if (method == AnalogyMethod::multiply) {
    query.score = RowQuery::Score::multiply;
    for (const auto* word : {&b, &a, &c}) {
      if (word->unit.empty()) return {};  // nothing is like a word without direction
      query.vectors.insert(query.vectors.end(), word->unit.begin(), word->unit.end());
    }
    return query;
  }
  std::vector<float> sum(static_cast<std::size_t>(table_.dimension()), 0.0F);  // [D]
  const auto add = [&](const WordVector& word, float sign) {
    for (std::size_t j = 0; j < word.unit.size(); ++j) sum[j] += sign * word.unit[j];
  };
  add(a, -1);
  add(b, 1);
  add(c, 1);
  query.vectors = unit_length(sum);
  return query;
}

std::vector<std::vector<Neighbour>> NeighbourSearch::scan(std::span<const RowQuery> queries, std::int64_t top,
                                                          int threads) const {
  const auto by_cosine = [](const RowQuery& query) { return query.score == RowQuery::Score::cosine; };
  if (index_ == nullptr || !std::all_of(queries.begin(), queries.end(), by_cosine)) {
    return scan_rows(table_, rows_, queries, top, threads);
  }
  std::vector<std::vector<Neighbour>> found(queries.size());
  const auto most = static_cast<int>(std::min<std::size_t>(queries.size(), 1 << 20));
  const int together = std::max(1, std::min(threads > 0 ? threads : available_threads(), most));
  run_on_threads(together, [&](int thread) {
    for (auto i = static_cast<std::size_t>(thread); i < queries.size(); i += static_cast<std::size_t>(together)) {
      found[i] = index_->nearest(queries[i], top);
    }
  });
  return found;
}

std::vector<Neighbour> NeighbourSearch::nearest(std::span<const float> query, std::int64_t top,
                                                std::span<const std::int64_t> excluded) const {
  const RowQuery one{.vectors = unit_length(query), .excluded = {excluded.begin(), excluded.end()}};
  return scan(std::span(&one, 1), top)[0];
}

std::vector<Neighbour> NeighbourSearch::nearest(std::int64_t row, std::int64_t top) const {
  const auto one = near(at(row));
  return scan(std::span(&one, 1), top)[0];
}

std::vector<Neighbour> NeighbourSearch::analogy(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t top,
                                                AnalogyMethod method) const {
  const auto one = like(at(a), at(b), at(c), method);
  return scan(std::span(&one, 1), top)[0];
}

}  // namespace zoo
