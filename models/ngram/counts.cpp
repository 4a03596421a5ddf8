#include "models/ngram/counts.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace zoo::ngram {

namespace {

constexpr std::int64_t kLongestBlock = 10'000;

/// Where an n-gram of the slice starts, with its first two words up front: most comparisons end there.
struct Start {
  std::uint64_t first_two;
  std::uint32_t place;
};

/// The slice with the order − 1 tokens before it (kEnd before the text) and, behind it, −1 up to the longest n-gram.
std::vector<TokenId> slice_text(std::span<const TokenId> ids, std::int64_t begin, std::int64_t end, int order,
                                std::int64_t vocabulary) {
  std::vector<TokenId> text;
  text.reserve(static_cast<std::size_t>(end - begin + 2 * order));
  for (std::int64_t i = begin - (order - 1); i < end; ++i) {
    const TokenId id = i < 0 ? kEnd : ids[static_cast<std::size_t>(i)];
    if (id < 0 || id >= vocabulary)
      fail("n-gram: id {} at token {} is outside the vocabulary of {}", id, i, vocabulary);
    text.push_back(id);
  }
  text.insert(text.end(), static_cast<std::size_t>(order), -1);
  return text;
}

/// Starts of all n-grams of the slice in the order of their words; −1 (the slice's end) comes before every word.
std::vector<Start> sorted_starts(const std::vector<TokenId>& text, int order) {
  std::vector<Start> starts(text.size() - static_cast<std::size_t>(order));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    starts[i] = {static_cast<std::uint64_t>(text[i]) << 32 | static_cast<std::uint32_t>(text[i + 1] + 1),
                 static_cast<std::uint32_t>(i)};
  }
  std::sort(starts.begin(), starts.end(), [&](const Start& a, const Start& b) {
    if (a.first_two != b.first_two) return a.first_two < b.first_two;
    for (int i = 2; i < order; ++i) {
      const TokenId x = text[a.place + static_cast<std::size_t>(i)], y = text[b.place + static_cast<std::size_t>(i)];
      if (x != y) return x < y;
    }
    return false;
  });
  return starts;
}

void check_size(std::size_t size) {
  if (size >= static_cast<std::size_t>(std::numeric_limits<Node>::max())) {
    fail("n-gram: more than 2^31 different n-grams of a length; give a smaller order or less text");
  }
}

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

Counts Counts::of_slice(std::span<const TokenId> ids, std::int64_t begin, std::int64_t end, int order,
                        std::int64_t vocabulary, const HeldOutBlocks& held_out) {
  Counts counts(order, vocabulary);
  if (order > 1) counts.level(1).first_child.clear();
  for (int length = 2; length < order; ++length) counts.level(length).first_child.clear();
  const std::vector<TokenId> text = slice_text(ids, begin, end, order, vocabulary);
  const std::vector<Start> starts = sorted_starts(text, order);
  const auto open_words_up_to = [&](TokenId word) {  // words of level 1 that start nothing here have no children
    auto& first = counts.level(1).first_child;
    while (order > 1 && std::ssize(first) <= word) first.push_back(static_cast<Node>(counts.level(2).words.size()));
  };
  const bool mark_held_out = held_out.every > 0;
  if (!mark_held_out) counts.drop_held_out();
  const TokenId* previous = nullptr;
  for (const Start& start : starts) {
    const TokenId* words = &text[start.place];
    int shared = 0;  // leading words in common with the n-gram before
    while (previous && shared < order && words[shared] == previous[shared] && words[shared] >= 0) ++shared;
    previous = words;
    open_words_up_to(words[0]);
    for (int length = 1; length <= order && words[length - 1] >= 0; ++length) {
      Level& level = counts.level(length);
      if (length > 1 && length > shared) {
        level.words.push_back(words[length - 1]);
        level.counts.push_back(0);
        if (mark_held_out) level.held_out.push_back(0);
        if (length < order) level.first_child.push_back(static_cast<Node>(counts.level(length + 1).words.size()));
      }
      const std::int64_t last = static_cast<std::int64_t>(start.place) + length - order;  // its place in the slice
      if (last < 0) continue;  // ends before the slice: only opens others
      const auto node = length == 1 ? static_cast<std::size_t>(words[0]) : level.counts.size() - 1;
      ++level.counts[node];
      if (mark_held_out) level.held_out[node] += held_out.holds(begin + last);
    }
  }
  open_words_up_to(static_cast<TokenId>(vocabulary));
  for (int length = 2; length < order; ++length) {
    counts.level(length).first_child.push_back(static_cast<Node>(counts.level(length + 1).words.size()));
  }
  return counts;
}

Counts Counts::merge(const Counts& a, const Counts& b) {
  Counts sum(a.order(), a.vocabulary_);
  const bool held_out = a.has_held_out();
  if (!held_out) sum.drop_held_out();
  std::vector<std::pair<Node, Node>> origins;  // of the sum's nodes at the level above: in a, in b
  for (Node id = 0; id < a.vocabulary_; ++id) {
    const auto i = static_cast<std::size_t>(id);
    sum.level(1).counts[i] = a.level(1).counts[i] + b.level(1).counts[i];
    if (held_out) sum.level(1).held_out[i] = a.level(1).held_out[i] + b.level(1).held_out[i];
    origins.emplace_back(id, id);
  }
  for (int length = 2; length <= a.order(); ++length) {
    const Level &from_a = a.level(length), &from_b = b.level(length);
    Level& level = sum.level(length);
    std::vector<Node>& first_child = sum.level(length - 1).first_child;
    first_child.clear();
    first_child.reserve(origins.size() + 1);
    for (auto* array : {&level.words, &level.counts}) {
      array->reserve(std::max(from_a.words.size(), from_b.words.size()));
    }
    std::vector<std::pair<Node, Node>> next;
    const auto take = [&](Node i, Node j) {
      const auto x = static_cast<std::size_t>(i), y = static_cast<std::size_t>(j);
      level.words.push_back(i != kNone ? from_a.words[x] : from_b.words[y]);
      level.counts.push_back((i != kNone ? from_a.counts[x] : 0) + (j != kNone ? from_b.counts[y] : 0));
      if (held_out) {
        level.held_out.push_back((i != kNone ? from_a.held_out[x] : 0) + (j != kNone ? from_b.held_out[y] : 0));
      }
      if (length < a.order()) next.emplace_back(i, j);
    };
    for (const auto& [node_a, node_b] : origins) {
      first_child.push_back(static_cast<Node>(level.words.size()));
      auto [i, end_a] = a.children(length - 1, node_a);
      auto [j, end_b] = b.children(length - 1, node_b);
      while (i < end_a || j < end_b) {
        const TokenId word_a =
            i < end_a ? from_a.words[static_cast<std::size_t>(i)] : std::numeric_limits<TokenId>::max();
        const TokenId word_b =
            j < end_b ? from_b.words[static_cast<std::size_t>(j)] : std::numeric_limits<TokenId>::max();
        take(word_a <= word_b ? i : kNone, word_b <= word_a ? j : kNone);
        i += word_a <= word_b;
        j += word_b <= word_a;
      }
    }
    check_size(level.words.size());
    first_child.push_back(static_cast<Node>(level.words.size()));
    origins = std::move(next);
  }
  return sum;
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

std::vector<Node> Counts::suffixes(int length, const std::vector<Node>& suffixes_below) const {
  std::vector<Node> result(level(length).words.size());
  const auto parents = static_cast<Node>(size(length - 1));
  for (Node parent = 0; parent < parents; ++parent) {
    const Node shorter = length == 2 ? 0 : suffixes_below[static_cast<std::size_t>(parent)];
    const auto [begin, end] = children(length - 1, parent);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      result[i] = child(length - 2, shorter, level(length).words[i]);
    }
  }
  return result;
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
