#include "models/ngram/counts.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"

namespace zoo::ngram {

namespace {

constexpr std::int64_t kLongestBlock = 10'000;

}  // namespace

HeldOutBlocks::HeldOutBlocks(std::int64_t size, std::int64_t every)
    : block(std::max<std::int64_t>(1, std::min(kLongestBlock, size / 100))), every(every) {}

Counts::Counts(int order, std::int64_t vocabulary) : vocabulary_(vocabulary), levels_(static_cast<std::size_t>(order)) {
  for (int length = 1; length <= order; ++length) {
    const auto nodes = static_cast<std::size_t>(length == 1 ? vocabulary : 0);
    if (length < order) level(length).first_child.assign(nodes + 1, 0);
    level(length).counts.assign(nodes, 0);
    level(length).held_out.assign(nodes, 0);
  }
}

std::int64_t Counts::size(int length) const {
  return length == 1 ? vocabulary_ : static_cast<std::int64_t>(level(length).words.size());
}

std::pair<Node, Node> Counts::children(int length, Node node) const {
  if (node == kNone) return {0, 0};
  if (length == 0) return {0, static_cast<Node>(vocabulary_)};
  const auto& first = level(length).first_child;
  return {first[static_cast<std::size_t>(node)], first[static_cast<std::size_t>(node) + 1]};
}

Node Counts::child(int length, Node node, TokenId word) const {
  if (node == kNone) return kNone;
  if (length == 0) return word;
  const auto [begin, end] = children(length, node);
  const auto& words = level(length + 1).words;
  const auto found = std::lower_bound(words.begin() + begin, words.begin() + end, word);
  return found != words.begin() + end && *found == word ? static_cast<Node>(found - words.begin()) : kNone;
}

std::vector<Node> Counts::shares(int length, int threads) const {
  const auto nodes = static_cast<Node>(length == 0 ? 1 : size(length));
  std::vector<Node> bounds = {0};
  for (int thread = 1; thread < threads; ++thread) {
    if (length == 0) {
      bounds.push_back(nodes);
      continue;
    }
    const auto& first = level(length).first_child;
    const auto wanted = static_cast<std::int32_t>(size(length + 1) * thread / threads);
    const auto found = std::lower_bound(first.begin(), first.end() - 1, wanted);
    bounds.push_back(static_cast<Node>(found - first.begin()));
  }
  bounds.push_back(nodes);
  return bounds;
}

std::vector<Node> Counts::suffixes(int length, const std::vector<Node>& suffixes_below, int threads) const {
  std::vector<Node> result(level(length).words.size());
  const auto& words = level(length).words;
  if (length == 2) {
    std::copy(words.begin(), words.end(), result.begin());
    return result;
  }
  const auto& shorter_words = level(length - 1).words;
  const std::vector<Node> bounds = shares(length - 1, threads);
  run_on_threads(threads, [&](int thread) {
    const auto share = static_cast<std::size_t>(thread);
    for (Node parent = bounds[share]; parent < bounds[share + 1]; ++parent) {
      const auto [begin, end] = children(length - 1, parent);
      const auto [shorter_begin, shorter_end] = children(length - 2, suffixes_below[static_cast<std::size_t>(parent)]);
      auto from = shorter_words.begin() + shorter_begin;  // both stand in the order of their words
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        from = std::lower_bound(from, shorter_words.begin() + shorter_end, words[i]);
        const bool there = from != shorter_words.begin() + shorter_end && *from == words[i];
        result[i] = there ? static_cast<Node>(from - shorter_words.begin()) : kNone;
      }
    }
  });
  return result;
}

void Counts::drop_counts() {
  for (Level& level : levels_) std::vector<std::int32_t>().swap(level.counts);
  drop_held_out();
}

void Counts::drop_held_out() {
  for (Level& level : levels_) std::vector<std::int32_t>().swap(level.held_out);
}

void Reader::forget() {
  contexts_.fill(kNone);
  contexts_[0] = 0;
}

Nodes Reader::look(TokenId word) const {
  Nodes found;
  found.fill(kNone);
  found[0] = 0;
  for (std::size_t length = 1; length <= static_cast<std::size_t>(counts_.order()); ++length) {
    found[length] = counts_.child(static_cast<int>(length) - 1, contexts_[length - 1], word);
  }
  return found;
}

void Reader::move(const Nodes& found) {
  contexts_ = found;
  for (auto length = static_cast<std::size_t>(counts_.order()); length <= kMaxOrder; ++length)
    contexts_[length] = kNone;
}

}  // namespace zoo::ngram
