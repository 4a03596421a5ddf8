#pragma once

#include <optional>

#include "models/word2vec/noise.h"
#include "models/word2vec/options.h"
#include "models/word2vec/weights.h"

namespace zoo::word2vec {

/// The same model trained by automatic gradients in batches: negative sampling in plain tensor operations. Slower by
/// far than the hand-written updates, which it is there to check and to compare with. It differs from them where
/// batches do: every window is full, no word is thinned out, and CBOW's mean passes each neighbour its true share of
/// the gradient (word2vec.c gives each the whole). Noise is a function of the batch's words, so that no random state
/// is carried along.
class GradientTraining : public Differentiable {
 public:
  /// Trains the weights' own memory.
  GradientTraining(const Word2VecOptions& options, const Weights& weights);

  Examples examples() const override { return Bags{options_.window}; }
  torch::nn::Module& module() override { return module_; }
  bool decays(std::string_view) const override { return false; }
  /// Σ over pairs (CBOW: words) of −log σ(h·out(word)) − Σ_k log σ(−h·out(noise_k)), eq. 4 of Mikolov et al. 2013b.
  Loss loss(const Batch& batch, State& state) override;

  /// The weights were loaded or started: the noise is made anew of the counts, and where it trains on another device
  /// than the CPU, they are copied there.
  void take();
  /// Trains on that device. The weights stay on the CPU; elsewhere what is trained is a copy of them.
  void to(torch::Device device);
  /// The weights become what was trained, if they lag behind it.
  void settle();

 private:
  /// K noise words for each pair, [P, K]: a function of the number that its row has in the training (rows [P]) and of
  /// its place in the row (columns [P]), so that processes which share a batch draw what one process would.
  Tensor draw_noise(const Tensor& rows, const Tensor& columns);

  const Word2VecOptions& options_;
  const Weights& weights_;
  torch::nn::Module module_;
  Tensor input_, output_;     ///< [V, D] with gradients: on the CPU the same memory as the weights'
  std::int64_t settled_ = 0;  ///< their version when the weights were made the same
  std::optional<Noise> noise_;
};

}  // namespace zoo::word2vec
