#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "tokenizers/tokenizer.h"

namespace zoo::word2vec {

/// Draws noise words with P(w) ∝ count(w)^exponent (Mikolov et al. 2013b, section 2.2), special tokens and words of
/// count 0 never, in two memory accesses whatever the vocabulary's size (Walker's alias method; Vose 1991).
class Noise {
 public:
  /// Throws Error if there is no word to draw.
  Noise(std::span<const std::int64_t> counts, double exponent);

  /// One 64-bit number decides: its upper half chooses the column, its lower half which of the column's two words.
  TokenId draw(Random& random) const {
    const auto bits = random.bits();
    const auto& column = columns_[((bits >> 32) * columns_.size()) >> 32];
    // By a mask: which of the two it is cannot be foreseen, and a wrong guess costs more than the table's cache misses.
    const auto own = -static_cast<TokenId>(static_cast<std::uint32_t>(bits) < column.threshold);
    return column.other ^ ((column.own ^ column.other) & own);
  }

  /// [V], sums to 1; 0 for what is never drawn.
  const std::vector<double>& probabilities() const { return probabilities_; }

 private:
  struct Column {
    std::uint32_t threshold;  ///< of 2^32: below it `own`, else `other`
    TokenId own, other;
  };
  std::vector<Column> columns_;
  std::vector<double> probabilities_;
};

/// Noise words one after the other. They are drawn kAtOnce at a time: the table does not fit the nearest cache, and so
/// its accesses overlap. Each draw may serve several times, in another order each time: the rows of kAtOnce words stay
/// in the second cache, where those of fresh words come from memory, and windows so far apart that they share no input
/// may share a noise word.
class NoiseStream {
 public:
  /// Each drawn word is given out `uses` ≥ 1 times.
  void start(const Noise& noise, const Random& random, int uses) {
    noise_ = &noise;
    random_ = random;
    uses_ = uses;
    pass_ = uses;
    given_ = kAtOnce;
  }
  TokenId next() {
    if (given_ == kAtOnce) turn_over();
    ++given_;
    place_ += step_;
    return words_[place_ % kAtOnce];
  }

 private:
  static constexpr std::uint32_t kAtOnce = 256;

  void turn_over() {
    if (pass_ == uses_) {
      for (auto& word : words_) word = noise_->draw(random_);
      pass_ = 0;
    }
    // An odd step reaches all places of a power of two.
    const auto bits = pass_ > 0 ? random_.bits() : 1;
    step_ = static_cast<std::uint32_t>(bits) | 1;
    place_ = pass_ > 0 ? static_cast<std::uint32_t>(bits >> 32) : kAtOnce - 1;
    ++pass_;
    given_ = 0;
  }

  const Noise* noise_ = nullptr;
  Random random_{0};
  TokenId words_[kAtOnce] = {};
  std::uint32_t given_ = kAtOnce, place_ = 0, step_ = 1;
  int uses_ = 1, pass_ = 1;
};

}  // namespace zoo::word2vec
