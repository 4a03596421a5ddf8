#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace zoo::ngram {

/// A place in a level of the trie; the tables hold at most 2³¹ − 1 n-grams of a length.
using Node = std::int32_t;
inline constexpr Node kNone = -1;
inline constexpr int kMaxOrder = 8;

/// All k-grams of one length k, sorted by their words from first to last.
struct Level {
  std::vector<std::int32_t> words;        ///< [N_k] the k-gram's last word; empty at level 1, where the node is the id
  std::vector<std::int32_t> first_child;  ///< [N_k + 1] where its continuations begin at level k + 1; empty at the top
  std::vector<std::int32_t> counts;       ///< [N_k] how often it ends at a token of the text
  std::vector<std::int32_t> held_out;     ///< [N_k] of these, how often in a block set aside
};

/// Blocks of a text of `size` tokens that are set aside to fit weights on: every `every`-th of blocks of 10,000 tokens
/// or, in a short text, of a hundredth of it. `every` 0: none.
struct HeldOutBlocks {
  HeldOutBlocks(std::int64_t size, std::int64_t every);
  bool holds(std::int64_t place) const { return every > 0 && place / block % every == every - 1; }
  std::int64_t block, every;
};

/// How often each n-gram of a text occurs, for every length up to an order: a trie in sorted arrays, 8 to 16 bytes an
/// n-gram. kEnd stands before the text, so that every token ends one n-gram of each length. N-grams that only open
/// others (kEnd kEnd …) have a node with count 0. The arrays are the same for any number of threads.
class Counts {
 public:
  Counts(int order, std::int64_t vocabulary);  ///< nothing counted
  /// The n-grams that end at tokens [begin, end) of `ids`. Throws Error on an id outside the vocabulary.
  static Counts of_slice(std::span<const TokenId> ids, std::int64_t begin, std::int64_t end, int order,
                         std::int64_t vocabulary, const HeldOutBlocks& held_out, int threads = 1);
  /// The sum of two, whose arrays are freed on the way. Throws Error where a level would outgrow Node.
  static Counts merge(Counts&& a, Counts&& b, int threads = 1);

  int order() const { return static_cast<int>(levels_.size()); }
  std::int64_t vocabulary() const { return vocabulary_; }
  Level& level(int length) { return levels_[static_cast<std::size_t>(length - 1)]; }
  const Level& level(int length) const { return levels_[static_cast<std::size_t>(length - 1)]; }
  std::int64_t size(int length) const;

  /// The continuations of a node of `length` words (0: of nothing, that is all ids) at level length + 1.
  std::pair<Node, Node> children(int length, Node node) const;
  /// The (length + 1)-gram made of a node of `length` words and one more, or kNone.
  Node child(int length, Node node, TokenId word) const;
  /// For each node of `length` words (at least 2) its last length − 1 words as a node, given the same for length − 1.
  std::vector<Node> suffixes(int length, const std::vector<Node>& suffixes_below, int threads = 1) const;
  /// The nodes of `length` words in consecutive ranges, one a thread, each with about as many continuations:
  /// `threads` + 1 bounds.
  std::vector<Node> shares(int length, int threads) const;

  bool has_counts() const { return !levels_[0].counts.empty(); }
  bool has_held_out() const { return !levels_[0].held_out.empty(); }
  /// Frees what a finished estimate needs no more; the trie of n-grams stays.
  void drop_counts();
  void drop_held_out();

 private:
  std::int64_t vocabulary_;
  std::vector<Level> levels_;
};

/// The seen n-grams that end at a place of a text: node[k] holds the last k words, or kNone; node[0] is 0.
using Nodes = std::array<Node, kMaxOrder + 1>;

/// Reads a text word by word.
class Reader {
 public:
  explicit Reader(const Counts& counts) : counts_(counts) { forget(); }
  void forget();
  /// The contexts that the next word follows: up to order − 1 words.
  const Nodes& contexts() const { return contexts_; }
  /// The n-grams that `word` would complete, of lengths 1 … order.
  Nodes look(TokenId word) const;
  void read(TokenId word) { move(look(word)); }
  /// The same where look() has been asked already.
  void move(const Nodes& found);

 private:
  const Counts& counts_;
  Nodes contexts_;
};

}  // namespace zoo::ngram
