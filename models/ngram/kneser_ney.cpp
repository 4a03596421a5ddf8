#include "models/ngram/kneser_ney.h"

#include <algorithm>
#include <atomic>

#include "base/parallel.h"

namespace zoo::ngram {

namespace {

using Discounts = std::array<double, 3>;

/// D1, D2, D3+ from how many n-grams have count 1, 2, 3, 4.
Discounts discounts_of(const std::vector<std::int32_t>& counts) {
  std::array<double, 4> n{};
  for (const std::int32_t count : counts) {
    if (count >= 1 && count <= 4) ++n[static_cast<std::size_t>(count - 1)];
  }
  constexpr Discounts kFallback = {0.5, 1.0, 1.5};
  if (std::count(n.begin(), n.end(), 0.0) > 0) return kFallback;
  const double y = n[0] / (n[0] + 2 * n[1]);
  Discounts discounts{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto count = static_cast<double>(i + 1);
    discounts[i] = count - (count + 1) * y * n[i + 1] / n[i];
    if (discounts[i] <= 0 || discounts[i] > count) return kFallback;
  }
  return discounts;
}

std::size_t kind_of(std::int32_t count) { return static_cast<std::size_t>(std::min(count, 3) - 1); }

/// For each node of `length` words how many different words stand before it: how many nodes of one word more have it
/// as their end. Whole numbers, so that the threads' order does not matter.
std::vector<std::int32_t> count_words_before(const Counts& counts, int length, const std::vector<Node>& longer_suffixes,
                                             int threads) {
  std::vector<std::int32_t> before(static_cast<std::size_t>(counts.size(length)), 0);
  const auto& longer = counts.level(length + 1).counts;
  run_on_threads(threads, [&](int thread) {
    const auto share = [&](int t) {
      return longer.size() * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads);
    };
    for (std::size_t i = share(thread); i < share(thread + 1); ++i) {
      if (longer[i] == 0) continue;
      auto& number = before[static_cast<std::size_t>(longer_suffixes[i])];
      if (threads == 1) {
        ++number;
      } else {
        std::atomic_ref<std::int32_t>(number).fetch_add(1, std::memory_order_relaxed);
      }
    }
  });
  return before;
}

/// The estimate of one level after the other, from the shortest n-grams.
class Estimator {
 public:
  Estimator(const Counts& counts, BackOffWeights& weights, int threads)
      : counts_(counts), weights_(weights), threads_(threads) {}

  Discounts estimate(int length, const std::vector<std::int32_t>& adjusted, const std::vector<Node>& suffixes) {
    const Discounts discounts = discounts_of(adjusted);
    const auto own_level = static_cast<std::size_t>(length - 1);
    weights_.probabilities[own_level].resize(adjusted.size());
    const std::vector<Node> bounds = counts_.shares(length - 1, threads_);
    weights_.back_offs[own_level].resize(static_cast<std::size_t>(bounds.back()));
    run_on_threads(threads_, [&](int thread) {
      const auto share = static_cast<std::size_t>(thread);
      for (Node context = bounds[share]; context < bounds[share + 1]; ++context) {
        estimate_after(context, length, discounts, adjusted, suffixes);
      }
    });
    return discounts;
  }

 private:
  void estimate_after(Node context, int length, const Discounts& discounts, const std::vector<std::int32_t>& adjusted,
                      const std::vector<Node>& suffixes) {
    const auto own_level = static_cast<std::size_t>(length - 1);
    const auto children = counts_.children(length - 1, context);
    const auto begin = static_cast<std::size_t>(children.first), end = static_cast<std::size_t>(children.second);
    double total = 0, kept_back = 0;
    for (auto i = begin; i < end; ++i) {
      if (adjusted[i] == 0) continue;
      total += adjusted[i];
      kept_back += discounts[kind_of(adjusted[i])];
    }
    const double gamma = total > 0 ? kept_back / total : 1.0;
    weights_.back_offs[own_level][static_cast<std::size_t>(context)] = static_cast<float>(gamma);
    for (auto i = begin; i < end; ++i) {
      const double lower = length == 1 ? 1.0 / static_cast<double>(counts_.vocabulary())
                                       : weights_.probabilities[own_level - 1][static_cast<std::size_t>(suffixes[i])];
      const double own = adjusted[i] > 0 ? (adjusted[i] - discounts[kind_of(adjusted[i])]) / total : 0.0;
      weights_.probabilities[own_level][i] = static_cast<float>(own + gamma * lower);
    }
  }

  const Counts& counts_;
  BackOffWeights& weights_;
  int threads_;
};

}  // namespace

KneserNeyEstimate estimate_kneser_ney(const Counts& counts, int threads) {
  const int order = counts.order();
  threads = std::max(1, threads);
  KneserNeyEstimate estimate;
  estimate.weights.probabilities.resize(static_cast<std::size_t>(order));
  estimate.weights.back_offs.resize(static_cast<std::size_t>(order));
  Estimator estimator(counts, estimate.weights, threads);
  std::vector<Node> suffixes, longer_suffixes;  // of the n-grams of this length and of the next
  for (int length = 1; length <= order; ++length) {
    Discounts discounts{};
    if (length == order) {
      discounts = estimator.estimate(length, counts.level(order).counts, suffixes);
    } else {
      longer_suffixes = counts.suffixes(length + 1, suffixes, threads);
      const auto adjusted = count_words_before(counts, length, longer_suffixes, threads);
      discounts = estimator.estimate(length, adjusted, suffixes);
    }
    estimate.discounts.insert(estimate.discounts.end(), discounts.begin(), discounts.end());
    suffixes = std::move(longer_suffixes);
  }
  return estimate;
}

}  // namespace zoo::ngram
