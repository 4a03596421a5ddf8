#include "models/ngram/back_off.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "models/ngram/mixture_weights.h"

namespace zoo::ngram {

BackOff::BackOff(const Counts& trie, SavedParts& saved, bool kneser_ney) : trie_(trie) {
  const auto take = [&](const std::string& name, std::int64_t size, float highest) {
    std::vector<float> values = saved.take<float>(name);
    if (std::ssize(values) != size)
      fail("weights: tensor '{}' has {} numbers, {} were expected", name, values.size(), size);
    if (std::any_of(values.begin(), values.end(), [&](float value) { return !(value >= 0 && value <= highest); }))
      fail("weights: tensor '{}' holds what is no probability", name);
    return values;
  };
  constexpr float kOne = 1.0001F;
  const float highest_back_off = kneser_ney ? kOne : std::numeric_limits<float>::max();
  for (int length = 1; length <= trie.order(); ++length) {
    const std::int64_t contexts = length == 1 ? 1 : trie.size(length - 1);
    weights_.probabilities.push_back(
        take("levels." + std::to_string(length) + ".probabilities", trie.size(length), kOne));
    weights_.back_offs.push_back(
        take("levels." + std::to_string(length - 1) + ".back_offs", contexts, highest_back_off));
  }
  if (kneser_ney) discounts_ = saved.take<double>("discounts");
}

double BackOff::probability(const Nodes& contexts, const Nodes& found) const {
  auto length = static_cast<std::size_t>(trie_.order());
  double backed_off = 1;
  for (; found[length] == kNone; --length) {  // level 1 holds every word
    const Node context = contexts[length - 1];
    if (context != kNone) backed_off *= weights_.back_offs[length - 1][static_cast<std::size_t>(context)];
  }
  return backed_off * weights_.probabilities[length - 1][static_cast<std::size_t>(found[length])];
}

void BackOff::distribution(const Nodes& contexts, std::span<double> probabilities) const {
  std::copy(weights_.probabilities[0].begin(), weights_.probabilities[0].end(), probabilities.begin());
  for (int length = 2; length <= trie_.order(); ++length) {
    const auto context_level = static_cast<std::size_t>(length - 1);
    const Node context = contexts[context_level];
    if (context == kNone) continue;
    const double gamma = weights_.back_offs[context_level][static_cast<std::size_t>(context)];
    for (double& probability : probabilities) probability *= gamma;
    const auto [begin, end] = trie_.children(length - 1, context);
    const auto& words = trie_.level(length).words;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      probabilities[static_cast<std::size_t>(words[i])] = weights_.probabilities[context_level][i];
    }
  }
}

std::int64_t BackOff::context_bins() const { return trie_.order() * static_cast<std::int64_t>(kBuckets); }

std::int64_t BackOff::context_bin(const Nodes& contexts) const {
  int length = trie_.order() - 1;
  std::pair<Node, Node> followers{0, 0};
  for (; length > 0; --length) {
    followers = trie_.children(length, contexts[static_cast<std::size_t>(length)]);
    if (followers.first != followers.second) break;
  }
  if (length == 0) return 0;
  return length * static_cast<std::int64_t>(kBuckets) + bucket_of(followers.second - followers.first);
}

Parts BackOff::parts() {
  Parts parts;
  for (std::size_t i = 0; i < weights_.probabilities.size(); ++i) {
    parts.emplace_back("levels." + std::to_string(i + 1) + ".probabilities", shared_tensor(weights_.probabilities[i]));
    parts.emplace_back("levels." + std::to_string(i) + ".back_offs", shared_tensor(weights_.back_offs[i]));
  }
  if (!discounts_.empty()) parts.emplace_back("discounts", shared_tensor(discounts_));
  return parts;
}

}  // namespace zoo::ngram
