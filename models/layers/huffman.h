#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace zoo {

/// A binary tree whose leaves are the words: frequent ones near the root, so that the mean path is the shortest that
/// a binary code can have (Huffman 1952). The probability of a word is the product of the turns on its path
/// (Morin & Bengio 2005; eq. 3 of Mikolov et al. 2013b). Built as word2vec.c does: of two equal counts an inner node
/// is merged before a word, and among words the one of the higher id first.
class Huffman {
 public:
  struct Step {
    std::int32_t node;  ///< inner node, in the order of making: the root is the last
    bool bit;           ///< the turn taken there
  };

  /// Words of a count above 0 from id `first` on; as it is, special tokens are left out.
  explicit Huffman(std::span<const std::int64_t> counts, TokenId first = kSpecialTokens);

  /// From the root down; empty for an id that is no leaf, and for the only word of a vocabulary.
  std::span<const Step> path(TokenId id) const {
    return {steps_.data() + first_[static_cast<std::size_t>(id)],
            steps_.data() + first_[static_cast<std::size_t>(id) + 1]};
  }
  std::int64_t inner_nodes() const { return inner_nodes_; }

  /// Children of inner node n by the turn taken: an inner node as its number, a word as −1 − id.
  std::span<const std::int32_t, 2> children(std::int64_t n) const {
    return std::span<const std::int32_t, 2>(children_.data() + 2 * n, 2);
  }

 private:
  std::vector<std::size_t> first_;  ///< [V + 1] into steps_
  std::vector<Step> steps_;
  std::vector<std::int32_t> children_;
  std::int64_t inner_nodes_ = 0;
};

}  // namespace zoo
