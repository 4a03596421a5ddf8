#pragma once

#include "models/word2vec/options.h"
#include "models/word2vec/weights.h"

namespace zoo::word2vec {

/// The missing word from its neighbours, as the training's objective says it.
///
/// Trained to the end, negative sampling has in(c)·out(w) = log P'(w|c) − log(K·Pn(w)) (Levy & Goldberg 2014), where
/// Pn is the noise and P' the text after subsampling: P'(w) ∝ P(w)·keep(w). From this
///   CBOW:       log P(w|h) = h·out(w) + log Pn(w) − log keep(w) + const, with h the mean (or sum) of the neighbours;
///   skip-gram:  Bayes' rule over neighbours taken as independent given the word,
///               log P(w) + Σ_c log P(c|w) = log P(w) + Σ_c (in(c)·out(w) + log Pn(w) − log P'(w)) + const.
/// With n-grams skip-gram is trained the other way round, in(w)·out(c) = log P'(c|w) − log(K·Pn(c)), so that
///               log P(w) + Σ_c log P'(c|w) = log P(w) + Σ_c in(w)·out(c) + const.
/// Hierarchical softmax gives log P'(w|c) itself, and takes the place of in(c)·out(w) + log Pn(w).
class MissingWord : public Cloze {
 public:
  MissingWord(const Word2VecOptions& options, const Weights& weights) : options_(options), weights_(weights) {}

  /// Looks at `window` words on each side at most. Special tokens and words never seen in training get −∞.
  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return false; }

 private:
  Tensor from_word(const Tensor& context, const Tensor& present) const;

  const Word2VecOptions& options_;
  const Weights& weights_;
};

}  // namespace zoo::word2vec
