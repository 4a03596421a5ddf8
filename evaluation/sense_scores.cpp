#include "evaluation/sense_scores.h"

#include <algorithm>
#include <numeric>

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kRowsAtOnce = 1024;
constexpr double kEquallyNear = 1e-6;

Tensor unit(const Tensor& x) { return x / x.norm(2, {1}, true).clamp_min(1e-30); }

/// [m, S]: 1 in the column of each row's sense.
Tensor one_hot(const std::vector<std::int64_t>& senses, std::int64_t count) {
  auto table = torch::zeros({std::ssize(senses), count});
  return table.scatter_(1, torch::tensor(senses, torch::kInt64).unsqueeze(1), 1.0);
}

/// Adds up, sense by sense, how many rows have their highest score at the right one.
void add_hits(const Tensor& scores, const Tensor& senses, std::vector<std::int64_t>& hits) {
  const auto right = senses.masked_select(scores.argmax(1).eq(senses)).contiguous();
  const auto* sense = right.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < right.numel(); ++i) ++hits[static_cast<std::size_t>(sense[i])];
}

double share(std::int64_t right, std::int64_t asked) {
  return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, asked));
}

std::int64_t sum_of(const std::vector<std::int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

}  // namespace

SenseScore score_senses(const Tensor& asked, const std::vector<std::int64_t>& asked_senses,
                        const std::optional<Tensor>& known, const std::vector<std::int64_t>& known_senses) {
  const bool leave_one_out = !known.has_value();
  const auto& learnt = leave_one_out ? asked_senses : known_senses;
  std::int64_t senses = 1;
  for (const auto sense : asked_senses) senses = std::max(senses, sense + 1);
  for (const auto sense : learnt) senses = std::max(senses, sense + 1);
  const auto x = unit(asked), y = leave_one_out ? x : unit(*known);  // [n, D], [m, D]
  const auto table = one_hot(learnt, senses);                        // [m, S]
  const auto right = torch::tensor(asked_senses, torch::kInt64);     // [n]
  const auto centroids = table.t().matmul(y);                        // [S, D], sums: only their directions count
  const auto lengths = centroids.square().sum(1);                    // [S]
  SenseScore score;
  for (auto* of : {&score.asked, &score.nearest, &score.centroid, &score.most_frequent}) {
    of->assign(static_cast<std::size_t>(senses), 0);
  }
  for (const auto sense : asked_senses) ++score.asked[static_cast<std::size_t>(sense)];
  for (std::int64_t first = 0; first < x.size(0); first += kRowsAtOnce) {
    const auto rows = std::min(kRowsAtOnce, x.size(0) - first);
    const auto some = x.narrow(0, first, rows), wanted = right.narrow(0, first, rows);
    const auto own = leave_one_out ? one_hot(asked_senses, senses).narrow(0, first, rows)
                                   : torch::zeros({rows, senses});  // [r, S]: what is not to be counted
    const auto counts = table.sum(0).unsqueeze(0) - own;            // [r, S]
    // Of two equal counts the lower sense counts as more frequent: argmax takes the first.
    add_hits(counts, wanted, score.most_frequent);
    auto cosines = some.matmul(y.t());  // [r, m]
    if (leave_one_out) {
      const auto places = torch::arange(first, first + rows, torch::kInt64).unsqueeze(1);
      cosines.scatter_(1, places, -2.0);
    }
    const auto best = std::get<0>(cosines.max(1, true));                                 // [r, 1]
    const auto votes = cosines.ge(best - kEquallyNear).to(torch::kFloat).matmul(table);  // [r, S]
    add_hits(votes + counts / (counts.sum(1, true) + 1), wanted, score.nearest);
    // |c − x|² = |c|² − 2 c·x + |x|² and (c − x)·x = c·x − |x|² where x itself is in the sum c; |x| is 1, or 0 of a
    // vector without a direction.
    const auto dots = some.matmul(centroids.t());                                              // [r, S]
    const auto own_dots = own * some.square().sum(1, true);                                    // [r, S]
    const auto squares = (lengths.unsqueeze(0) - own * 2 * dots + own_dots).clamp_min(1e-12);  // [r, S]
    const auto sizes = squares.sqrt();                                                         // [r, S]
    const auto directions = ((dots - own_dots) / sizes).masked_fill(counts.le(0), -2.0);       // [r, S]
    const auto nearest = std::get<0>(directions.max(1, true));                                 // [r, 1]
    const auto ties = directions.ge(nearest - kEquallyNear).to(torch::kFloat);                 // [r, S]
    add_hits(ties * (counts + 1), wanted, score.centroid);
  }
  return score;
}

Json shares_of(const SenseScore& score) {
  const auto asked = sum_of(score.asked);
  return {{"nearest", share(sum_of(score.nearest), asked)}, {"centroid", share(sum_of(score.centroid), asked)}};
}

void SenseAccuracy::add(const std::vector<std::int64_t>& right, const std::vector<std::int64_t>& asked) {
  for (std::size_t s = 0; s < asked.size(); ++s) {
    if (asked[s] == 0) continue;
    of_senses_ += share(right[s], asked[s]);
    ++senses_;
  }
  of_lemmas_ += share(sum_of(right), sum_of(asked));
  ++lemmas_;
  right_ += sum_of(right);
  asked_ += sum_of(asked);
}

Json SenseAccuracy::to_json() const {
  return {{"micro", share(right_, asked_)},
          {"per_sense", of_senses_ / static_cast<double>(std::max<std::int64_t>(1, senses_))},
          {"per_lemma", of_lemmas_ / static_cast<double>(std::max<std::int64_t>(1, lemmas_))}};
}

void SenseTable::add(const std::string& row, const SenseScore& score) {
  auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& other) { return other.name == row; });
  if (found == rows_.end()) found = rows_.insert(found, Row{row, {}, {}});
  found->nearest.add(score.nearest, score.asked);
  found->centroid.add(score.centroid, score.asked);
}

Json SenseTable::to_json() const {
  Json table = Json::object();
  for (const auto& row : rows_) {
    table[row.name] = {{"nearest", row.nearest.to_json()}, {"centroid", row.centroid.to_json()}};
  }
  return table;
}

}  // namespace zoo
