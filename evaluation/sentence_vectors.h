#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/word_lines.h"
#include "models/model.h"
#include "models/sentence_vectors.h"

namespace zoo {

/// The vectors of words in their sentences, for every model that has any. A model with one vector a word is read as one
/// layer, the same in every sentence.
class SentenceVectors {
 public:
  /// Throws Error naming the model by `name`, and those of `kinds` that can, where it has neither. It outlives this.
  SentenceVectors(Model& model, const std::string& name, const std::vector<const ModelKind*>& kinds);

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
  std::vector<std::string> layers_;
  std::int64_t width_ = 0, longest_ = 0;
  ContextVectors* contextual_ = nullptr;
  SentenceMeans* means_ = nullptr;  ///< of a model that reads marks
  Tensor table_;                    ///< [V, D] of a model with one vector a word
};

/// Which of the layers [L, B, T, D] are given, and how: all of them, one, or one made of all.
class LayerChoice {
 public:
  /// `text`: "all", "average" (all layers alike), a layer by its number from 0 or by its name, or "mix": γ Σ_l
  /// softmax(s)_l h_l with the run's own learned s and γ, its parts …mix.scalars and …mix.gamma. Throws UsageError that
  /// lists the layers, and Error where a run has learned no mix.
  LayerChoice(const std::string& text, const SentenceVectors& vectors, Model& model);

  bool all() const { return kind_ == Kind::all; }
  const std::string& name() const { return name_; }  ///< "all", "average", "mix", or the layer's name
  /// [L, …, D] → the same for all, else [1, …, D].
  Tensor of(const Tensor& layers) const;

 private:
  enum class Kind { all, one, mixed };
  Kind kind_ = Kind::one;
  std::int64_t layer_ = 0;
  std::string name_;
  Tensor weights_;  ///< [L], of a mix
};

}  // namespace zoo
