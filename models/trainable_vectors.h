#pragma once

#include "models/model.h"

namespace zoo {

/// A model whose vectors in context can be trained on by the task that reads them. A Model that can is a
/// TrainableVectors too: `dynamic_cast<TrainableVectors*>(&model)`. Its parameters are Differentiable's, or, for a
/// model that has no objective of its own, those of encoder().
class TrainableVectors {
 public:
  virtual ~TrainableVectors() = default;
  /// As ContextVectors::context_vectors() from an empty state, [L, B, T, D], with a gradient, which finds its way back
  /// from the CPU; dropout where the module is in training.
  virtual Tensor trainable_vectors(const WordRows& rows) = 0;
  virtual torch::nn::Module& encoder() = 0;
};

}  // namespace zoo
