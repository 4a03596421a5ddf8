#include "models/ngram/counts_parts.h"

#include <algorithm>

#include "base/error.h"

namespace zoo::ngram {

namespace {

void check_level(const Counts& counts, int length) {
  const Level& level = counts.level(length);
  const auto nodes = static_cast<std::size_t>(counts.size(length));
  const auto outside = [&](std::int32_t word) { return word < 0 || word >= counts.vocabulary(); };
  if (std::any_of(level.words.begin(), level.words.end(), outside)) {
    fail("weights: levels.{}.words names words outside the vocabulary of {}", length, counts.vocabulary());
  }
  for (const auto* array : {&level.counts, &level.held_out}) {
    if (!array->empty() && array->size() != nodes) fail("weights: level {} has arrays of different lengths", length);
  }
  if (length == counts.order()) return;
  const auto& first = level.first_child;
  const std::int64_t below = counts.size(length + 1);
  if (first.size() != nodes + 1 || first.front() != 0 || first.back() != below ||
      !std::is_sorted(first.begin(), first.end())) {
    fail("weights: levels.{}.first_child does not divide the {} n-grams of level {}", length, below, length + 1);
  }
}

}  // namespace

Parts parts_of(Counts& counts) {
  Parts parts;
  for (int length = 1; length <= counts.order(); ++length) {
    Level& level = counts.level(length);
    const std::string prefix = "levels." + std::to_string(length) + ".";
    if (length > 1) parts.emplace_back(prefix + "words", shared_tensor(level.words));
    if (length < counts.order()) parts.emplace_back(prefix + "first_child", shared_tensor(level.first_child));
    if (counts.has_counts()) parts.emplace_back(prefix + "counts", shared_tensor(level.counts));
    if (counts.has_held_out()) parts.emplace_back(prefix + "held_out", shared_tensor(level.held_out));
  }
  return parts;
}

Counts counts_from(SavedParts& saved, int order, std::int64_t vocabulary) {
  Counts counts(order, vocabulary);
  const bool with_counts = saved.has("levels.1.counts"), with_held_out = saved.has("levels.1.held_out");
  for (int length = 1; length <= order; ++length) {
    Level& level = counts.level(length);
    const std::string prefix = "levels." + std::to_string(length) + ".";
    if (length > 1) level.words = saved.take<std::int32_t>(prefix + "words");
    if (length < order) level.first_child = saved.take<std::int32_t>(prefix + "first_child");
    level.counts.clear();
    level.held_out.clear();
    if (with_counts) level.counts = saved.take<std::int32_t>(prefix + "counts");
    if (with_held_out) level.held_out = saved.take<std::int32_t>(prefix + "held_out");
  }
  for (int length = 1; length <= order; ++length) check_level(counts, length);
  return counts;
}

}  // namespace zoo::ngram
