#include "models/ngram/kneser_ney.h"

#include <algorithm>

#include "base/error.h"

namespace zoo::ngram {

namespace {

/// D1, D2, D3+ from how many n-grams have count 1, 2, 3, 4.
std::array<double, 3> discounts_of(const std::vector<std::int32_t>& counts) {
  std::array<double, 4> n{};
  for (const std::int32_t count : counts) {
    if (count >= 1 && count <= 4) ++n[static_cast<std::size_t>(count - 1)];
  }
  constexpr std::array<double, 3> kFallback = {0.5, 1.0, 1.5};
  if (std::count(n.begin(), n.end(), 0.0) > 0) return kFallback;
  const double y = n[0] / (n[0] + 2 * n[1]);
  std::array<double, 3> discounts{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto count = static_cast<double>(i + 1);
    discounts[i] = count - (count + 1) * y * n[i + 1] / n[i];
    if (discounts[i] <= 0 || discounts[i] > count) return kFallback;
  }
  return discounts;
}

std::size_t kind_of(std::int32_t count) { return static_cast<std::size_t>(std::min(count, 3) - 1); }

}  // namespace

KneserNey::KneserNey(const Counts& counts)
    : trie_(counts),
      probabilities_(static_cast<std::size_t>(counts.order())),
      back_offs_(static_cast<std::size_t>(counts.order())) {
  const int order = counts.order();
  std::vector<Node> suffixes, longer_suffixes;  // of the n-grams of this length and of the next
  for (int length = 1; length <= order; ++length) {
    std::vector<std::int32_t> adjusted;
    if (length == order) {
      adjusted = counts.level(order).counts;
    } else {
      longer_suffixes = counts.suffixes(length + 1, suffixes);
      adjusted.assign(static_cast<std::size_t>(counts.size(length)), 0);
      const auto& longer = counts.level(length + 1).counts;
      for (std::size_t i = 0; i < longer.size(); ++i) {
        if (longer[i] > 0) ++adjusted[static_cast<std::size_t>(longer_suffixes[i])];
      }
    }
    estimate_level(length, adjusted, suffixes);
    suffixes = std::move(longer_suffixes);
  }
}

void KneserNey::estimate_level(int length, const std::vector<std::int32_t>& adjusted,
                               const std::vector<Node>& suffixes) {
  const std::array<double, 3> discounts = discounts_of(adjusted);
  discounts_.insert(discounts_.end(), discounts.begin(), discounts.end());
  const auto own_level = static_cast<std::size_t>(length - 1);
  auto& probabilities = probabilities_[own_level];
  auto& back_offs = back_offs_[own_level];
  probabilities.resize(adjusted.size());
  const auto contexts = static_cast<Node>(length == 1 ? 1 : trie_.size(length - 1));
  back_offs.assign(static_cast<std::size_t>(contexts), 1.0F);
  for (Node context = 0; context < contexts; ++context) {
    const auto [begin, end] = trie_.children(length - 1, context);
    double total = 0, kept_back = 0;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      if (adjusted[i] == 0) continue;
      total += adjusted[i];
      kept_back += discounts[kind_of(adjusted[i])];
    }
    const double gamma = total > 0 ? kept_back / total : 1.0;
    back_offs[static_cast<std::size_t>(context)] = static_cast<float>(gamma);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const double lower = length == 1 ? 1.0 / static_cast<double>(trie_.vocabulary())
                                       : probabilities_[own_level - 1][static_cast<std::size_t>(suffixes[i])];
      const double own = adjusted[i] > 0 ? (adjusted[i] - discounts[kind_of(adjusted[i])]) / total : 0.0;
      probabilities[i] = static_cast<float>(own + gamma * lower);
    }
  }
}

double KneserNey::probability(const Nodes& contexts, const Nodes& found) const {
  auto length = static_cast<std::size_t>(trie_.order());
  double backed_off = 1;
  for (; found[length] == kNone; --length) {  // level 1 holds every word
    const Node context = contexts[length - 1];
    if (context != kNone) backed_off *= back_offs_[length - 1][static_cast<std::size_t>(context)];
  }
  return backed_off * probabilities_[length - 1][static_cast<std::size_t>(found[length])];
}

void KneserNey::distribution(const Nodes& contexts, std::span<double> probabilities) const {
  std::copy(probabilities_[0].begin(), probabilities_[0].end(), probabilities.begin());
  for (int length = 2; length <= trie_.order(); ++length) {
    const auto context_level = static_cast<std::size_t>(length - 1);
    const Node context = contexts[context_level];
    if (context == kNone) continue;
    const double gamma = back_offs_[context_level][static_cast<std::size_t>(context)];
    for (double& probability : probabilities) probability *= gamma;
    const auto [begin, end] = trie_.children(length - 1, context);
    const auto& words = trie_.level(length).words;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      probabilities[static_cast<std::size_t>(words[i])] = probabilities_[context_level][i];
    }
  }
}

Parts KneserNey::parts() {
  Parts parts;
  for (std::size_t i = 0; i < probabilities_.size(); ++i) {
    parts.emplace_back("levels." + std::to_string(i + 1) + ".probabilities", shared_tensor(probabilities_[i]));
    parts.emplace_back("levels." + std::to_string(i) + ".back_offs", shared_tensor(back_offs_[i]));
  }
  parts.emplace_back("discounts", shared_tensor(discounts_));
  return parts;
}

KneserNey::KneserNey(const Counts& trie, SavedParts& saved)
    : trie_(trie),
      probabilities_(static_cast<std::size_t>(trie.order())),
      back_offs_(static_cast<std::size_t>(trie.order())) {
  const auto outside = [](float value) { return !(value >= 0 && value <= 1.0001F); };
  const auto take = [&](const std::string& name, std::int64_t size) {
    std::vector<float> values = saved.take<float>(name);
    if (std::ssize(values) != size)
      fail("weights: tensor '{}' has {} numbers, {} were expected", name, values.size(), size);
    if (std::any_of(values.begin(), values.end(), outside))
      fail("weights: tensor '{}' holds what is no probability", name);
    return values;
  };
  for (int length = 1; length <= trie.order(); ++length) {
    const auto i = static_cast<std::size_t>(length - 1);
    probabilities_[i] = take("levels." + std::to_string(length) + ".probabilities", trie.size(length));
    back_offs_[i] = take("levels." + std::to_string(length - 1) + ".back_offs", i == 0 ? 1 : trie.size(length - 1));
  }
  discounts_ = saved.take<double>("discounts");
}

}  // namespace zoo::ngram
