// Two tries become one, level by level. Each level is walked along twice, by all threads: once to see how much room the
// continuations of each node take, once to fill it.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "models/ngram/counts.h"

namespace zoo::ngram {

namespace {

using Numbers = std::vector<std::int32_t>;

void release(Numbers& numbers) { Numbers().swap(numbers); }

/// What the nodes of one level were in the two tries, or kNone. Empty at level 1, where they are the ids.
struct Origins {
  std::vector<Node> in_a, in_b;
  std::pair<Node, Node> of(Node node) const {
    if (in_a.empty()) return {node, node};
    return {in_a[static_cast<std::size_t>(node)], in_b[static_cast<std::size_t>(node)]};
  }
};

/// One level of the sum in the making.
class LevelMerge {
 public:
  LevelMerge(const Counts& a, const Counts& b, int length, const Origins& parents)
      : a_(a), b_(b), length_(length), parents_(parents) {}

  /// Parents in consecutive ranges with about as much work each.
  std::vector<Node> shares(Node nodes, int threads) const {
    const double total = static_cast<double>(a_.size(length_) + b_.size(length_)) + nodes;
    std::vector<Node> bounds = {0};
    double done = 0;
    for (Node node = 0; node < nodes && std::ssize(bounds) < threads; ++node) {
      const auto [i, j] = parents_.of(node);
      const auto in_a = a_.children(length_ - 1, i), in_b = b_.children(length_ - 1, j);
      done += 1 + (in_a.second - in_a.first) + (in_b.second - in_b.first);
      if (done * threads >= total * static_cast<double>(bounds.size())) bounds.push_back(node + 1);
    }
    bounds.resize(static_cast<std::size_t>(threads) + 1, nodes);
    return bounds;
  }

  /// take(i, j) for each word that follows `parent` in either trie, in the words' order: its node in a and in b.
  template <class Take>
  void over_children(Node parent, Take&& take) const {
    const Numbers &words_a = a_.level(length_).words, &words_b = b_.level(length_).words;
    const auto [node_a, node_b] = parents_.of(parent);
    auto [i, end_a] = a_.children(length_ - 1, node_a);
    auto [j, end_b] = b_.children(length_ - 1, node_b);
    while (i < end_a && j < end_b) {
      const TokenId word_a = words_a[static_cast<std::size_t>(i)], word_b = words_b[static_cast<std::size_t>(j)];
      if (word_a == word_b) {
        take(i++, j++);
      } else if (word_a < word_b) {
        take(i++, kNone);
      } else {
        take(kNone, j++);
      }
    }
    for (; i < end_a; ++i) take(i, kNone);
    for (; j < end_b; ++j) take(kNone, j);
  }

 private:
  const Counts &a_, &b_;
  int length_;
  const Origins& parents_;
};

void check_size(std::int64_t size) {
  if (size >= std::numeric_limits<Node>::max()) {
    fail("n-gram: more than 2^31 different n-grams of a length; give a smaller order or less text");
  }
}

/// Fills `level`, of `length` words, and says where its nodes come from.
Origins merge_level(const Counts& a, const Counts& b, int length, const Origins& parents, Counts& sum, int threads) {
  const LevelMerge merge(a, b, length, parents);
  Numbers& first_child = sum.level(length - 1).first_child;
  const auto nodes = static_cast<Node>(sum.size(length - 1));
  const std::vector<Node> bounds = merge.shares(nodes, threads);
  first_child.assign(static_cast<std::size_t>(nodes) + 1, 0);
  run_on_threads(threads, [&](int thread) {
    const auto share = static_cast<std::size_t>(thread);
    for (Node parent = bounds[share]; parent < bounds[share + 1]; ++parent) {
      merge.over_children(parent, [&](Node, Node) { ++first_child[static_cast<std::size_t>(parent) + 1]; });
    }
  });
  std::int64_t size = 0;
  for (auto& first : first_child) {
    size += first;
    check_size(size);
    first = static_cast<Node>(size);
  }
  const auto room = static_cast<std::size_t>(size);
  Level& level = sum.level(length);
  const Level &from_a = a.level(length), &from_b = b.level(length);
  const bool held_out = a.has_held_out(), has_children = length < a.order();
  Origins origins;
  level.words.resize(room);
  level.counts.resize(room);
  if (held_out) level.held_out.resize(room);
  if (has_children) {
    origins.in_a.resize(room);
    origins.in_b.resize(room);
  }
  const auto added = [](const Numbers& in_a, Node i, const Numbers& in_b, Node j) {
    return (i != kNone ? in_a[static_cast<std::size_t>(i)] : 0) + (j != kNone ? in_b[static_cast<std::size_t>(j)] : 0);
  };
  run_on_threads(threads, [&](int thread) {
    const auto share = static_cast<std::size_t>(thread);
    auto place = static_cast<std::size_t>(first_child[static_cast<std::size_t>(bounds[share])]);
    for (Node parent = bounds[share]; parent < bounds[share + 1]; ++parent) {
      merge.over_children(parent, [&](Node i, Node j) {
        level.words[place] =
            i != kNone ? from_a.words[static_cast<std::size_t>(i)] : from_b.words[static_cast<std::size_t>(j)];
        level.counts[place] = added(from_a.counts, i, from_b.counts, j);
        if (held_out) level.held_out[place] = added(from_a.held_out, i, from_b.held_out, j);
        if (has_children) {
          origins.in_a[place] = i;
          origins.in_b[place] = j;
        }
        ++place;
      });
    }
  });
  return origins;
}

}  // namespace

Counts Counts::merge(Counts&& a, Counts&& b, int threads) {
  Counts sum(a.order(), a.vocabulary_);
  if (!a.has_held_out()) sum.drop_held_out();
  for (std::size_t id = 0; id < a.level(1).counts.size(); ++id) {
    sum.level(1).counts[id] = a.level(1).counts[id] + b.level(1).counts[id];
    if (a.has_held_out()) sum.level(1).held_out[id] = a.level(1).held_out[id] + b.level(1).held_out[id];
  }
  Origins origins;
  for (int length = 2; length <= a.order(); ++length) {
    origins = merge_level(a, b, length, origins, sum, std::max(1, threads));
    for (Counts* from : {&a, &b}) {
      release(from->level(length - 1).first_child);
      for (auto* numbers : {&from->level(length).words, &from->level(length).counts, &from->level(length).held_out}) {
        release(*numbers);
      }
    }
  }
  return sum;
}

}  // namespace zoo::ngram
