#pragma once

#include <string>

#include "evaluation/sentence_vectors.h"

namespace zoo {

/// Which of the layers [L, B, T, D] are given, and how: all of them, one, or one made of all.
class LayerChoice {
 public:
  /// `text`: "all", "average" (all layers alike), a layer by its number from 0 or by its name, or "mix": γ Σ_l
  /// softmax(s)_l h_l with the learned s and γ among `learned`, or where that is empty among the model's own parts:
  /// …mix.scalars and …mix.gamma. Where a tagger learned them, h_l is (h_l − μ_l) / σ_l by its parts mean and
  /// deviation. Throws UsageError that lists the layers, and Error where no mix of so many layers has been learned.
  LayerChoice(const std::string& text, const SentenceVectors& vectors, Model& model, const Parts& learned = {});

  bool all() const { return kind_ == Kind::all; }
  const std::string& name() const { return name_; }  ///< "all", "average", "mix", or the layer's name
  /// [L, …, D] → the same for all, else [1, …, D].
  Tensor of(const Tensor& layers) const;

 private:
  enum class Kind { all, one, mixed };
  void take_mix(const Parts& parts, std::int64_t layers, std::int64_t width);

  Kind kind_ = Kind::one;
  std::int64_t layer_ = 0;
  std::string name_;
  Tensor weights_;           // [L], of a mix
  Tensor mean_, deviation_;  // [L, D], of a tagger's mix
};

/// The tensors of the run that learned a mix: of a tagger, for --mix. Empty for an empty path. Throws Error for a run
/// without a mix and for one with the layer norm.
Parts parts_with_mix(const std::string& run);

}  // namespace zoo
