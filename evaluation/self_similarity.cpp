#include "evaluation/self_similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"

namespace zoo {
namespace {

constexpr std::int64_t kShownAround = 12;  ///< words of a sentence on each side that the eye gets
constexpr std::size_t kPairs = 2;
constexpr double kFarMoreOften = 3;

/// Rows of length 1 in double precision.
Tensor unit(const Tensor& x) {
  const auto wide = x.to(torch::kDouble);
  return wide / wide.norm(2, {1}, true).clamp_min(1e-30);
}

std::string shown(const Occurrence& occurrence) {
  const auto& [line, position] = occurrence;
  const auto cut = cut_around(line, position, kShownAround);
  auto text = cut.sentence.marked(cut.position);
  if (position > kShownAround) text = "… " + text;
  if (line.size() > position + kShownAround + 1) text += " …";
  return text;
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }
Json number(double value) { return std::isfinite(value) ? Json(rounded(value)) : Json(); }

/// Pairs of different sentences by their cosine, each occurrence in one pair only: the nearest first, or the farthest.
Json pairs(const Tensor& cosines, const std::vector<std::string>& sentences, bool nearest) {
  const auto n = cosines.size(0);
  const auto at = cosines.accessor<double, 2>();
  std::vector<std::pair<std::int64_t, std::int64_t>> order;
  for (std::int64_t i = 0; i < n; ++i) {
    for (auto j = i + 1; j < n; ++j) order.emplace_back(i, j);
  }
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    const auto x = at[a.first][a.second], y = at[b.first][b.second];
    return nearest ? x > y : x < y;
  });
  std::set<std::int64_t> taken;
  auto list = Json::array();
  for (const auto& [i, j] : order) {
    if (list.size() == kPairs) break;
    const auto &a = sentences[static_cast<std::size_t>(i)], &b = sentences[static_cast<std::size_t>(j)];
    if (a == b || taken.contains(i) || taken.contains(j)) continue;
    taken.insert({i, j});
    list.push_back({{"cosine", rounded(at[i][j])}, {"a", a}, {"b", b}});
  }
  return list;
}

/// The map's points by their telling neighbour; those without one last.
Json groups_of(const PlaneMap& map, const TellingNeighbours& telling, const std::vector<std::string>& sentences) {
  auto groups = Json::array();
  const auto points = map.points.accessor<double, 2>();
  for (std::int64_t group = 0; group <= std::ssize(telling.words); ++group) {
    const bool rest = group == std::ssize(telling.words);
    Json entry = {{"title", rest ? "none of these" : "near '" + telling.words[static_cast<std::size_t>(group)] + "'"},
                  {"points", Json::array()}};
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      if (telling.neighbours[i] != (rest ? -1 : group)) continue;
      const auto row = static_cast<std::int64_t>(i);
      entry["points"].push_back({rounded(points[row][0]), rounded(points[row][1]), sentences[i]});
    }
    if (!entry["points"].empty()) groups.push_back(std::move(entry));
  }
  return groups;
}

}  // namespace

double mean_cosine(const Tensor& x) {
  return mean_cosine(x, std::vector<std::int64_t>(static_cast<std::size_t>(x.size(0)), 0), true);
}

double mean_cosine(const Tensor& x, const std::vector<std::int64_t>& kinds, bool of_equals) {
  // Σ over pairs of u_i · u_j = ½ (|Σ u|² − Σ |u_i|²), within each kind and over all.
  const auto u = unit(x);  // [N, D]
  std::map<std::int64_t, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] >= 0) rows[kinds[i]].push_back(static_cast<std::int64_t>(i));
  }
  double equal = 0, equal_pairs = 0, count = 0, squares = 0;
  auto all = torch::zeros({x.size(1)}, torch::kDouble);  // [D]
  for (const auto& [kind, places] : rows) {
    const auto own = u.index_select(0, torch::tensor(places));  // [n, D]
    const auto sum = own.sum(0);                                // [D]
    all += sum;
    const auto lengths = own.square().sum().item<double>();
    const auto size = static_cast<double>(places.size());
    equal += (sum.square().sum().item<double>() - lengths) / 2;
    equal_pairs += size * (size - 1) / 2;
    count += size;
    squares += lengths;
  }
  const auto whole = (all.square().sum().item<double>() - squares) / 2, whole_pairs = count * (count - 1) / 2;
  const auto sum = of_equals ? equal : whole - equal, number = of_equals ? equal_pairs : whole_pairs - equal_pairs;
  return number > 0 ? sum / number : std::numeric_limits<double>::quiet_NaN();
}

PlaneMap principal_plane(const Tensor& x) {
  const auto n = x.size(0);
  const auto wide = x.to(torch::kDouble);
  const auto centred = wide - wide.mean(0, true);                               // [N, D]
  const auto [values, axes] = torch::linalg_eigh(centred.matmul(centred.t()));  // [N] rising, [N, N]
  auto points = torch::zeros({n, 2}, torch::kDouble);
  double held = 0;
  for (std::int64_t k = 0; k < std::min<std::int64_t>(2, n); ++k) {
    const auto value = std::max(0.0, values[n - 1 - k].item<double>());
    auto column = axes.select(1, n - 1 - k) * std::sqrt(value);  // [N]
    const auto largest = column[column.abs().argmax().item<std::int64_t>()].item<double>();
    points.select(1, k).copy_(largest < 0 ? -column : column);
    held += value;
  }
  const auto total = values.clamp_min(0).sum().item<double>();
  return {points, total > 0 ? held / total : 0};
}

TellingNeighbours telling_neighbours(const OccurrenceSample& sample, const OccurrenceSample::Word& word,
                                     const Tokenizer& tokenizer, std::int64_t radius, std::size_t most) {
  std::vector<std::set<TokenId>> near;
  double slots = 0;
  for (const auto& [line, position] : word.occurrences) {
    auto& own = near.emplace_back();
    for (auto i = std::max<std::int64_t>(0, position - radius); i < std::min(line.size(), position + radius + 1); ++i) {
      const auto piece = line.pieces[static_cast<std::size_t>(i)];
      if (i == position) continue;
      ++slots;
      if (piece >= kSpecialTokens && piece != word.piece && is_wordlike(tokenizer.piece(piece))) own.insert(piece);
    }
  }
  TellingNeighbours result;
  result.neighbours.assign(near.size(), -1);
  const auto enough = std::max(3.0, static_cast<double>(near.size()) / 20);
  while (result.words.size() < most) {
    std::map<TokenId, double> counts;
    for (std::size_t i = 0; i < near.size(); ++i) {
      if (result.neighbours[i] >= 0) continue;
      for (const auto piece : near[i]) ++counts[piece];
    }
    TokenId best = -1;
    double score = 0;
    for (const auto& [piece, n] : counts) {
      const auto elsewhere =
          static_cast<double>(sample.counts[static_cast<std::size_t>(piece)]) / static_cast<double>(sample.tokens);
      const auto ratio = n / slots / elsewhere, own = n * std::log(ratio);
      if (n >= enough && ratio >= kFarMoreOften && own > score) best = piece, score = own;
    }
    if (best < 0) break;
    for (std::size_t i = 0; i < near.size(); ++i) {
      if (result.neighbours[i] < 0 && near[i].contains(best)) result.neighbours[i] = std::ssize(result.words);
    }
    result.words.emplace_back(tokenizer.piece(best));
  }
  return result;
}

Json measure_occurrences(const SentenceVectors& vectors, const Tokenizer& tokenizer, const OccurrenceSample& sample) {
  std::vector<Occurrence> all;
  for (const auto& word : sample.words) all.insert(all.end(), word.occurrences.begin(), word.occurrences.end());
  all.insert(all.end(), sample.reference.begin(), sample.reference.end());
  const auto x = with_average(vectors_at(vectors, all));  // [L, N, D]
  const auto layers = x.size(0);
  if (!x.isfinite().all().item<bool>()) fail("the vectors hold NaN or infinity; was training cut off?");

  std::vector<std::int64_t> kinds;
  for (const auto& [line, position] : sample.reference)
    kinds.push_back(line.pieces[static_cast<std::size_t>(position)]);
  const auto reference = x.narrow(1, x.size(1) - std::ssize(kinds), std::ssize(kinds));
  Json result = {{"contextual", vectors.contextual()},
                 {"layers", with_average(vectors.layers())},
                 {"reference", Json::array()},
                 {"left_out", sample.left_out},
                 {"words", Json::object()}};
  for (std::int64_t l = 0; l < layers; ++l)
    result["reference"].push_back(number(mean_cosine(reference[l], kinds, false)));
  std::int64_t first = 0;
  for (const auto& word : sample.words) {
    const auto n = std::ssize(word.occurrences);
    const auto own = x.narrow(1, first, n);  // [L, n, D]
    first += n;
    Json entry = {{"seen", word.seen}, {"occurrences", n}, {"similarity", Json::array()}};
    for (std::int64_t l = 0; l < layers; ++l) entry["similarity"].push_back(number(mean_cosine(own[l])));
    const auto k = own[layers - 1];  // [n, D]
    std::vector<std::string> sentences;
    for (const auto& occurrence : word.occurrences) sentences.push_back(shown(occurrence));
    const auto telling = telling_neighbours(sample, word, tokenizer);
    entry["same_neighbour"] = number(mean_cosine(k, telling.neighbours, true));
    entry["other_neighbour"] = number(mean_cosine(k, telling.neighbours, false));
    if (vectors.contextual()) {
      const auto u = unit(k);
      const auto cosines = u.matmul(u.t());  // [n, n]
      entry["nearest"] = pairs(cosines, sentences, true);
      entry["farthest"] = pairs(cosines, sentences, false);
      const auto map = principal_plane(k);
      entry["map"] = {{"share", rounded(map.share)}, {"groups", groups_of(map, telling, sentences)}};
    }
    result["words"][word.word] = std::move(entry);
  }
  return result;
}

}  // namespace zoo
