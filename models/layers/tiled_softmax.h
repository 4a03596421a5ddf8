#pragma once

#include <torch/types.h>

#include <span>
#include <vector>

namespace zoo {

/// The softmax of hidden · weightᵀ + bias over V words and its gradient for one chunk of rows after the other, worked
/// through in tiles of words × rows that stay in a core's second-level cache.
///
/// A tile of logits is made with the words down and the rows across, weight [v, D] · hiddenᵀ [D, n]: hidden alone has
/// to be turned, sums over words take sixteen rows at once, and the tile is the left factor of the weight's gradient as
/// it lies. With E = exp(logit − reference), Z = Σ E, both gradients need the softmax only as E / Z, and 1/Z belongs to
/// a row: so the first pass adds up Z and Eᵀ·W without knowing Z, and the second makes E·(h/Z) from the kept E. The
/// one-hot part is a handful of rows. Three products and one exponential a logit in all.
///
/// Words are split into parts, each added up by itself and then in their order: the result does not depend on the
/// number of threads. Products are made by LibTorch's micro-kernel (oneDNN's where the processor has AVX2 or AVX-512).
class TiledSoftmax {
 public:
  /// weight [V, D], bias [V]: float32, contiguous, kept by reference. With `gradient`, room for it is made. `rounded`
  /// (for a gradient and an even D, on a processor that has them): products are of bfloat16 numbers with sums in
  /// float32, the weight rounded tile by tile as it is needed; exponentials, Z and all that comes out stay float32.
  TiledSoftmax(const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t rows, bool gradient,
               bool rounded = false);

  /// Rows of the largest chunk.
  std::int64_t chunk() const { return chunk_; }

  /// hidden [n, D] contiguous, n ≤ chunk(); a target of kIgnored is not looked at. Returns log p(target) of each row,
  /// 0 where ignored. With a gradient: that of −Σ log p(target) for hidden is written to hidden_gradient [n, D], those
  /// for weight and bias are added up over the chunks.
  std::vector<double> work(const torch::Tensor& hidden, const std::int64_t* target,
                           const torch::Tensor& hidden_gradient = {});

  const torch::Tensor& weight_gradient() const { return weight_gradient_; }  ///< [V, D]
  const torch::Tensor& bias_gradient() const { return bias_gradient_; }      ///< [V]

 private:
  /// What one part of the words has added up in the first pass.
  struct Part {
    /// What was taken from a row's logits before exp. It changes from one tile to a later one only where a logit far
    /// above it turns up, so there is nearly always one of them: [versions][n].
    std::vector<std::vector<float>> references;
    std::vector<std::size_t> version;  ///< [tiles of the part]: which of them
    std::vector<double> sum;           ///< Z [n], by the last reference
  };
  struct Target {
    std::int64_t word, row;
  };

  std::int64_t words_of(std::int64_t tile) const;
  std::span<const Target> targets_in(std::int64_t tile) const;
  void first_pass(std::int64_t part, std::int64_t worker);
  void second_pass(std::int64_t part, std::int64_t worker);
  void join_parts();
  /// A tile of weight · hiddenᵀ, [words, padded].
  void make_logits(std::int64_t tile, std::int64_t worker, float* logits);
  /// Eᵀ·W of a tile onto (or into) the sums of its part; where products are rounded, E is kept for the second pass.
  void add_to_sums(std::int64_t tile, std::int64_t worker, const float* exponentials, float* sums, bool add);
  void add_hidden_gradient(const torch::Tensor& hidden, const torch::Tensor& hidden_gradient);
  template <class Work>
  void for_each_part(const Work& work) const;

  torch::Tensor weight_, bias_, weight_gradient_, bias_gradient_;
  std::int64_t vocabulary_, width_, tiles_, tiles_of_part_, parts_, chunk_, workers_;
  bool gradient_, rounded_, first_chunk_ = true;

  std::int64_t rows_ = 0, padded_ = 0;  ///< of this chunk; to a multiple of the vector length
  torch::Tensor hidden_;                ///< [n, D] of this chunk
  torch::Tensor turned_;                ///< hiddenᵀ [D, padded]
  torch::Tensor exponentials_;          ///< E of every tile, one after the other; a tile a worker if none is kept here
  torch::Tensor sums_;                  ///< Eᵀ·W of every part, turned [parts, D, padded]
  torch::Tensor room_;                  ///< a worker's small tiles, [workers, …]
  // Where products are rounded. Pairs: [K/2, N, 2], as the right operand of such a product lies.
  torch::Tensor half_turned_;        ///< hiddenᵀ in pairs
  torch::Tensor half_exponentials_;  ///< E of every tile
  torch::Tensor half_room_;          ///< a worker's small tiles, [workers, …]
  std::vector<Part> part_;
  std::vector<Target> targets_;            ///< by word
  std::vector<double> log_probability_;    ///< [n]; the target's logit in between
  std::vector<double> largest_, log_sum_;  ///< [n]: M, and log Z by M
};

}  // namespace zoo
