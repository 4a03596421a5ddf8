#include "evaluation/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "evaluation/text_table.h"

namespace zoo {

namespace {

/// The first column after the two words that holds a number.
std::optional<std::size_t> score_column(const std::vector<std::string_view>& columns) {
  for (std::size_t i = 2; i < columns.size(); ++i) {
    if (number_of(columns[i])) return i;
  }
  return std::nullopt;
}

/// Mean ranks from 1, ties sharing theirs.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double mean_rank = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = mean_rank;
    begin = end;
  }
  return ranks;
}

/// 0 where a vector has no length.
double cosine(const std::vector<float>& x, const std::vector<float>& y) {
  const double dot = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  const double lengths = std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0) *
                                   std::inner_product(y.begin(), y.end(), y.begin(), 0.0));
  return lengths > 0 ? dot / lengths : 0;
}

}  // namespace

std::vector<WordPair> read_word_pairs(const std::filesystem::path& file) {
  std::vector<WordPair> pairs;
  std::optional<std::size_t> column;
  const std::string text = read_file(file, kTextTableLimit);
  for_each_text_line(text, file, [&](std::string_view line, std::int64_t number) {
    if (line.starts_with('#')) return;
    const std::vector<std::string_view> columns = split_columns(line);
    if (!column) {
      column = score_column(columns);
      if (!column && number == 1) return;  // the columns' names
      if (!column) fail("{}:{}: '{}': two words and a number were expected", file.string(), number, line.substr(0, 80));
    }
    const auto score = columns.size() > *column ? number_of(columns[*column]) : std::nullopt;
    if (!score || columns[0].empty() || columns[1].empty()) {
      fail("{}:{}: '{}': two words and a number were expected", file.string(), number, line.substr(0, 80));
    }
    pairs.push_back({std::string(columns[0]), std::string(columns[1]), *score});
  });
  if (pairs.empty()) fail("{}: holds no pair of words; is it a similarity test?", file.string());
  return pairs;
}

double spearman(std::span<const double> first, std::span<const double> second) {
  if (first.size() != second.size()) fail("spearman: {} values do not go with {}", first.size(), second.size());
  const std::vector<double> a = ranks_of(first), b = ranks_of(second);
  const double mean = (static_cast<double>(a.size()) + 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : std::numeric_limits<double>::quiet_NaN();
}

Json SimilarityResult::to_json() const {
  const auto or_null = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"spearman", or_null(spearman)},
          {"pairs", pairs},
          {"found", found},
          {"coverage", coverage()},
          {"spearman_on_all", or_null(spearman_on_all)}};
}

SimilarityResult similarity(const NeighbourSearch& words, const std::vector<WordPair>& pairs, std::int64_t restrict_to,
                            WordCase word_case, bool ngrams) {
  const auto& table = words.table();
  const TestWords test_words(table, restrict_to, word_case);
  const auto vector_of = [&](const std::string& word) -> std::optional<std::vector<float>> {
    if (const auto row = test_words.find(word)) return table.row(*row);
    return ngrams ? table.unknown(word) : std::nullopt;
  };
  std::vector<double> cosines, scores, all_cosines, all_scores;
  for (const WordPair& pair : pairs) {
    const auto first = vector_of(pair.first), second = vector_of(pair.second);
    all_cosines.push_back(first && second ? cosine(*first, *second) : 0);
    all_scores.push_back(pair.score);
    if (!std::isfinite(all_cosines.back())) {
      fail("word vectors: '{}' or '{}' holds NaN or infinity; was training cut off?", pair.first, pair.second);
    }
    if (!first || !second) continue;
    cosines.push_back(all_cosines.back());
    scores.push_back(pair.score);
  }
  SimilarityResult result;
  result.pairs = static_cast<std::int64_t>(pairs.size());
  result.found = static_cast<std::int64_t>(cosines.size());
  result.spearman = spearman(cosines, scores);
  result.spearman_on_all = spearman(all_cosines, all_scores);
  return result;
}

}  // namespace zoo
