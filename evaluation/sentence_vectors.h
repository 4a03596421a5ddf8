#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/word_lines.h"
#include "models/model.h"
#include "models/sentence_vectors.h"
#include "models/trainable_vectors.h"

namespace zoo {

/// The vectors of words in their sentences, for every model that has any. A model with one vector a word is read as one
/// layer, the same in every sentence.
class SentenceVectors {
 public:
  /// Throws Error naming the model by `name`, and those of `kinds` that can, where it has neither. It outlives this.
  SentenceVectors(const Model& model, const std::string& name, const std::vector<const ModelKind*>& kinds);

  const std::vector<std::string>& layers() const { return layers_; }  ///< L names, lowest first
  std::int64_t width() const { return width_; }                       ///< D
  bool contextual() const { return contextual_ != nullptr; }
  /// How many pieces the model looks at together; it reads a longer line in parts of so many. 0: any number.
  std::int64_t longest() const { return longest_; }

  /// [L, B, T, D] float32 for lines of at most T words, zeros behind each line's end. A word of several pieces gets the
  /// mean of their vectors. `state` as of ContextVectors. No gradient.
  Tensor read(std::span<const WordLine> lines, State& state) const;
  /// One vector a line, [B, D]: the mean of the last layer's over the line's pieces and, where the model reads marks of
  /// a line's begin and end, those. Zeros for a line in which the model reads nothing. No gradient.
  Tensor means(std::span<const WordLine> lines) const;

 private:
  Tensor of_pieces(const WordRows& rows, State& state) const;

  std::vector<std::string> layers_;
  std::int64_t width_ = 0, longest_ = 0;
  const ContextVectors* contextual_ = nullptr;
  const SentenceMeans* means_ = nullptr;  ///< of a model that reads marks
  Tensor table_;                          ///< [V, D] of a model with one vector a word
};

/// As SentenceVectors::read() of a model whose vectors can be trained on, [L, B, T, D], each line by itself, with a
/// gradient for the model's parameters.
Tensor trainable_word_vectors(TrainableVectors& model, std::span<const WordLine> lines);

}  // namespace zoo
