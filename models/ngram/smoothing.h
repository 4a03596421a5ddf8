#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "models/ngram/counts.h"
#include "models/ngram/parts.h"

namespace zoo::ngram {

/// Probabilities made of counts. Each implementation gives every word of the vocabulary more than nought, after any
/// context, and they sum to one.
class Smoothing {
 public:
  virtual ~Smoothing() = default;
  /// P(word | contexts) where found = Reader::look(word).
  virtual double probability(const Nodes& contexts, const Nodes& found) const = 0;
  /// All of them: `probabilities` [V].
  virtual void distribution(const Nodes& contexts, std::span<double> probabilities) const = 0;
  /// Contexts by how often they were seen, 0 … context_bins() − 1 (models/context_frequency.h).
  virtual std::int64_t context_bins() const = 0;
  virtual std::int64_t context_bin(const Nodes& contexts) const = 0;
  /// What it holds beside the trie; tensors share its memory.
  virtual Parts parts() = 0;
};

}  // namespace zoo::ngram
