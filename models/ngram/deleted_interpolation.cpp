#include "models/ngram/deleted_interpolation.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/ngram/mixture_weights.h"

namespace zoo::ngram {

namespace {

/// How often each context of a length is followed by a word, by `count(level, node)`.
template <class Count>
std::vector<std::int32_t> totals_of(const Counts& counts, int length, Count count) {
  const auto contexts = static_cast<Node>(length == 0 ? 1 : counts.size(length));
  std::vector<std::int32_t> totals(static_cast<std::size_t>(contexts), 0);
  const Level& level = counts.level(length + 1);
  for (Node context = 0; context < contexts; ++context) {
    const auto [begin, end] = counts.children(length, context);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      totals[static_cast<std::size_t>(context)] += count(level, i);
    }
  }
  return totals;
}

std::int32_t kept(const Level& level, std::size_t i) { return level.counts[i] - level.held_out[i]; }

/// What each order says of each held-out n-gram by the counts of the text that was kept.
std::vector<HeldOutGram> held_out_grams(const Counts& counts) {
  const int order = counts.order();
  std::vector<std::vector<Node>> suffixes(static_cast<std::size_t>(order) + 1);
  std::vector<std::vector<std::int32_t>> totals;
  for (int length = 0; length < order; ++length) {
    totals.push_back(totals_of(counts, length, kept));
    if (length > 0) {
      const auto next = static_cast<std::size_t>(length) + 1;
      suffixes[next] = counts.suffixes(length + 1, suffixes[next - 1]);
    }
  }
  std::vector<HeldOutGram> grams;
  const Level& top = counts.level(order);
  const auto contexts = static_cast<Node>(order == 1 ? 1 : counts.size(order - 1));
  for (Node context = 0; context < contexts; ++context) {
    const auto [begin, end] = counts.children(order - 1, context);
    for (Node leaf = begin; leaf < end; ++leaf) {
      if (top.held_out[static_cast<std::size_t>(leaf)] == 0) continue;
      Nodes gram{}, history{};  // by length: the last words of the n-gram and of its context
      gram[static_cast<std::size_t>(order)] = leaf;
      history[static_cast<std::size_t>(order) - 1] = context;
      for (auto length = static_cast<std::size_t>(order); length > 1; --length) {
        gram[length - 1] = suffixes[length][static_cast<std::size_t>(gram[length])];
        history[length - 2] = length == 2 ? 0 : suffixes[length - 1][static_cast<std::size_t>(history[length - 1])];
      }
      HeldOutGram row{};
      row.occurrences = top.held_out[static_cast<std::size_t>(leaf)];
      row.bucket = bucket_of(totals[static_cast<std::size_t>(order) - 1][static_cast<std::size_t>(context)]);
      row.estimates[0] = 1.0 / static_cast<double>(counts.vocabulary());
      for (std::size_t length = 1; length <= static_cast<std::size_t>(order); ++length) {
        const std::int32_t total = totals[length - 1][static_cast<std::size_t>(history[length - 1])];
        const std::int32_t count = kept(counts.level(static_cast<int>(length)), static_cast<std::size_t>(gram[length]));
        row.estimates[length] = total > 0 ? static_cast<double>(count) / total : row.estimates[length - 1];
      }
      grams.push_back(row);
    }
  }
  return grams;
}

}  // namespace

DeletedInterpolation::DeletedInterpolation(const Counts& counts) : counts_(counts) {
  sum_contexts();
  weights_ = fit_mixture_weights(held_out_grams(counts), counts.order() + 1);
}

DeletedInterpolation::DeletedInterpolation(const Counts& counts, SavedParts& saved) : counts_(counts) {
  if (!counts.has_counts()) fail("weights: tensor 'levels.1.counts' is missing; was the file cut short?");
  sum_contexts();
  weights_ = saved.take<double>("weights");
  const auto expected = kBuckets * static_cast<std::size_t>(counts.order() + 1);
  if (weights_.size() != expected) {
    fail("weights: tensor 'weights' has {} numbers, {} were expected", weights_.size(), expected);
  }
}

void DeletedInterpolation::sum_contexts() {
  const auto count = [](const Level& level, std::size_t i) { return level.counts[i]; };
  for (int length = 0; length < counts_.order(); ++length) totals_.push_back(totals_of(counts_, length, count));
}

double DeletedInterpolation::total(std::size_t length, Node context) const {
  return context == kNone ? 0 : totals_[length][static_cast<std::size_t>(context)];
}

std::int64_t DeletedInterpolation::context_bins() const { return kBuckets; }

std::int64_t DeletedInterpolation::context_bin(const Nodes& contexts) const {
  const auto longest = static_cast<std::size_t>(counts_.order()) - 1;
  return bucket_of(total(longest, contexts[longest]));
}

const double* DeletedInterpolation::weights_after(const Nodes& contexts) const {
  return &weights_[static_cast<std::size_t>(context_bin(contexts)) * (static_cast<std::size_t>(counts_.order()) + 1)];
}

double DeletedInterpolation::probability(const Nodes& contexts, const Nodes& found) const {
  const double* weights = weights_after(contexts);
  double estimate = 1.0 / static_cast<double>(counts_.vocabulary());
  double sum = weights[0] * estimate;
  for (std::size_t length = 1; length <= static_cast<std::size_t>(counts_.order()); ++length) {
    const double seen = total(length - 1, contexts[length - 1]);
    if (seen > 0) {
      const Node node = found[length];
      const auto& counts = counts_.level(static_cast<int>(length)).counts;
      estimate = node == kNone ? 0 : counts[static_cast<std::size_t>(node)] / seen;
    }
    sum += weights[length] * estimate;
  }
  return sum;
}

void DeletedInterpolation::distribution(const Nodes& contexts, std::span<double> probabilities) const {
  const double* weights = weights_after(contexts);
  // An order whose context was never seen hands its weight to the one below.
  std::array<double, kMaxOrder + 1> weight{};
  std::size_t speaker = 0;
  for (std::size_t length = 0; length <= static_cast<std::size_t>(counts_.order()); ++length) {
    if (length > 0 && total(length - 1, contexts[length - 1]) > 0) speaker = length;
    weight[speaker] += weights[length];
  }
  std::fill(probabilities.begin(), probabilities.end(), weight[0] / static_cast<double>(counts_.vocabulary()));
  for (std::size_t length = 1; length <= static_cast<std::size_t>(counts_.order()); ++length) {
    if (weight[length] == 0) continue;
    const double factor = weight[length] / total(length - 1, contexts[length - 1]);
    const auto [begin, end] = counts_.children(static_cast<int>(length) - 1, contexts[length - 1]);
    const Level& level = counts_.level(static_cast<int>(length));
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto word = length == 1 ? i : static_cast<std::size_t>(level.words[i]);
      probabilities[word] += factor * level.counts[i];
    }
  }
}

Parts DeletedInterpolation::parts() { return {{"weights", shared_tensor(weights_)}}; }

}  // namespace zoo::ngram
