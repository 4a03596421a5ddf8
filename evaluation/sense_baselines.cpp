#include "evaluation/sense_baselines.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace zoo {
namespace {

constexpr std::int64_t kNumbers = 1 << 27;  ///< of the bags of all occurrences of a lemma

/// visit(word) for each word around the one in question.
template <class Visit>
void for_each_around(const TaggedOccurrence& occurrence, std::int64_t around, const Visit& visit) {
  const auto first = std::max<std::int64_t>(0, occurrence.position - around);
  const auto end = std::min<std::int64_t>(std::ssize(occurrence.words), occurrence.position + around + 1);
  for (auto i = first; i < end; ++i) {
    if (i != occurrence.position) visit(occurrence.words[static_cast<std::size_t>(i)]);
  }
}

using Columns = std::unordered_map<std::string_view, std::pair<std::int64_t, float>>;  ///< of each word: column, weight

/// In how many occurrences each word stands, as columns, frequent words first.
Columns columns_of(std::span<const TaggedOccurrence* const> learnt, std::int64_t around, std::int64_t most) {
  std::map<std::string_view, std::int64_t> counts;
  for (const auto* occurrence : learnt) {
    std::unordered_set<std::string_view> there;
    for_each_around(*occurrence, around, [&](std::string_view word) { there.insert(word); });
    for (const auto word : there) ++counts[word];
  }
  std::vector<std::pair<std::string_view, std::int64_t>> words;
  for (const auto& [word, count] : counts) {
    if (count > 1) words.emplace_back(word, count);
  }
  std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (std::ssize(words) > most) words.resize(static_cast<std::size_t>(most));
  Columns columns;
  for (const auto& [word, count] : words) {
    const auto weight = std::log(static_cast<double>(learnt.size()) / static_cast<double>(count));
    columns.emplace(word, std::pair(std::ssize(columns), static_cast<float>(weight)));
  }
  return columns;
}

Tensor bags(std::span<const TaggedOccurrence* const> occurrences, const Columns& columns, std::int64_t around) {
  const auto width = std::max<std::int64_t>(1, std::ssize(columns));
  auto table = torch::zeros({std::ssize(occurrences), width});  // [N, D]
  auto* row = table.data_ptr<float>();
  for (const auto* occurrence : occurrences) {
    for_each_around(*occurrence, around, [&](std::string_view word) {
      if (const auto found = columns.find(word); found != columns.end())
        row[found->second.first] += found->second.second;
    });
    row += width;
  }
  return table;
}

}  // namespace

SurroundingVectors bags_of_words(std::span<const TaggedOccurrence* const> asked,
                                 std::span<const TaggedOccurrence* const> known, std::int64_t around) {
  const auto rows = std::max<std::int64_t>(1, std::ssize(asked) + std::ssize(known));
  const auto columns = columns_of(known.empty() ? asked : known, around, std::max<std::int64_t>(1, kNumbers / rows));
  return {bags(asked, columns, around), bags(known, columns, around)};
}

Tensor mean_vectors(const NeighbourSearch& words, std::span<const TaggedOccurrence* const> occurrences,
                    std::int64_t around) {
  const auto width = words.table().dimension();
  auto means = torch::zeros({std::ssize(occurrences), width});  // [N, D]
  std::vector<float> vector(static_cast<std::size_t>(width));
  auto* mean = means.data_ptr<float>();
  for (const auto* occurrence : occurrences) {
    std::int64_t found = 0;
    for_each_around(*occurrence, around, [&](std::string_view word) {
      const auto row = words.find(word);
      if (!row) return;
      words.table().copy_row(*row, vector.data());
      if (!std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); })) return;
      for (std::int64_t d = 0; d < width; ++d) mean[d] += vector[static_cast<std::size_t>(d)];
      ++found;
    });
    for (std::int64_t d = 0; d < width && found > 0; ++d) mean[d] /= static_cast<float>(found);
    mean += width;
  }
  return means;
}

}  // namespace zoo
