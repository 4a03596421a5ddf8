#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/corpus.h"
#include "models/layers/huffman.h"
#include "models/word2vec/noise.h"
#include "models/word2vec/options.h"
#include "models/word2vec/subsampling.h"

namespace zoo::word2vec {

/// Sentences are cut after so many kept words, as in word2vec.c.
inline constexpr std::size_t kSentence = 1000;
/// A block of text is about so many tokens, whole lines: the unit of work that a thread takes.
inline constexpr std::int64_t kBlock = 2048;

/// Each drawn noise word serves so many times in its neighbourhood of the text; in exact mode once.
inline constexpr int kNoiseUses = 8;

/// One update: `inputs` rows of the input matrix against `outputs` rows of the output matrix.
struct Window {
  std::uint32_t first;  ///< its place in WindowList::ids: inputs, then outputs
  std::uint16_t inputs;
  std::uint16_t outputs;
  float rate;
  bool repeats;  ///< an output row comes twice: the outputs must be updated one after the other
};

/// All updates of a block, in order.
struct WindowList {
  std::vector<Window> windows;
  std::vector<std::int32_t> ids;  ///< inputs as row numbers, outputs as 2 × row + label
  std::int64_t pairs = 0;         ///< predictions made: (word, neighbour), or for CBOW words
  std::uint64_t dither = 0;       ///< what the rounding of halves starts from
  NoiseStream noise;
  std::vector<TokenId> sentence;    ///< kept words of the sentence at hand
  std::vector<std::uint32_t> seen;  ///< [V] the number of the window that a word was last an output of
  std::uint32_t seen_in = 0;
};

/// Text → updates: subsampling, sentences, windows of random width, noise or Huffman paths. A block's updates are a
/// function of (seed, epoch, block) alone, whoever makes them and in whatever order.
///
/// As in word2vec.c the neighbour is the input and the word in the middle the output: skip-gram trains
/// σ(in(neighbour)·out(word)), CBOW σ(mean of in(neighbours)·out(word)). With n-grams skip-gram is the other way round,
/// as in fastText: σ(in(word)·out(neighbour)), so that the word's many rows are summed once for all its neighbours.
class WindowSampler {
 public:
  struct Tables {
    Noise noise;
    Subsampling subsampling;
    Huffman huffman;  ///< of no words but for hierarchical softmax
    /// counts: [V].
    Tables(std::span<const std::int64_t> counts, const Word2VecOptions& options)
        : noise(counts, options.noise_exponent),
          subsampling(counts, options.sample),
          huffman(counts.first(options.hierarchical() ? counts.size() : 0)) {}
  };

  /// `corpus` and `tables` must outlive this.
  WindowSampler(const Corpus& corpus, const Tables& tables, const Word2VecOptions& options, std::uint64_t seed);

  std::int64_t blocks() const { return epochs_ * blocks_per_epoch_; }  ///< over all epochs
  std::int64_t blocks_per_epoch() const { return blocks_per_epoch_; }
  /// Tokens of all epochs before `block`; blocks() gives the total.
  std::int64_t tokens_before(std::int64_t block) const;
  /// α falls in a line over all epochs, to 1e-4 of its start.
  float rate_after(std::int64_t tokens) const;

  /// Replaces what `list` holds by the updates of `block`, counted over all epochs.
  void make(std::int64_t block, WindowList& list) const;

 private:
  std::int64_t start_of(std::int64_t block_in_epoch) const;
  void add_sentence(Random& random, float rate, WindowList& list) const;
  void add(std::size_t middle, std::size_t from, std::size_t to, float rate, WindowList& list) const;
  void add_outputs(TokenId word, Window& window, WindowList& list) const;
  void add_word(std::size_t middle, std::size_t from, std::size_t to, float rate, WindowList& list) const;
  void add_neighbours(std::span<const TokenId> neighbours, Window& window, WindowList& list) const;

  const Corpus& corpus_;
  const Tables& tables_;
  std::uint64_t seed_;
  bool cbow_, hierarchical_, exact_, from_word_;
  std::int64_t window_, negative_, epochs_, blocks_per_epoch_;
  double start_rate_;
};

}  // namespace zoo::word2vec
