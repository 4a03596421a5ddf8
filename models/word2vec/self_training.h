#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "models/shared_training.h"
#include "models/word2vec/half_matrices.h"
#include "models/word2vec/hogwild.h"
#include "models/word2vec/weights.h"

namespace zoo::word2vec {

/// Trains the weights by hand-written updates, in slices of about a second that end with their epoch, so
/// that each epoch can be validated.
class SelfTraining : public SelfTrained, public SharedTraining {
 public:
  SelfTraining(const Word2VecOptions& options, Weights& weights) : options_(options), weights_(weights) {}

  /// Takes the counts of the corpus for the noise, the subsampling and the tree. Throws Error if the corpus has
  /// another vocabulary than the model or no word to train on.
  void begin(const Corpus& corpus, std::uint64_t seed, int threads) override;
  SliceReport advance() override;
  /// {"block": blocks trained, "blocks": of all epochs}: random numbers are a function of the block, so that this is
  /// all there is to know.
  Json cursor() const override;
  void restore(const Json& cursor) override;
  /// Mean −log probability of a pair (CBOW: of a word) with noise drawn from a fixed seed; of a text above 262,144
  /// tokens, over that many taken evenly.
  std::optional<Loss> held_out(const Corpus& corpus) override;
  /// A slice then is `average_every` blocks for each of the shares.
  std::vector<Tensor> share(std::int64_t share, std::int64_t shares) override;

  /// With `storage` float16 the weights lag behind what is trained, but where an epoch or a share ends. settle() brings
  /// them up, before somebody reads them; forget() says that they were changed from outside.
  void settle();
  void forget();

  /// Another kernel than the fastest: for tests and measurements.
  void use(const Kernel& kernel) { kernel_ = &kernel; }

 private:
  void check_vocabulary(const Corpus& corpus) const;
  void plan_replicas();
  bool is_shared() const { return shares_ > 1; }
  Shape shape() const;
  template <class Cell>
  SliceResult train(const Rows<Cell>& rows, std::int64_t last);
  void warn_of_limits() const;

  const Word2VecOptions& options_;
  Weights& weights_;
  std::optional<HalfMatrices> halves_;  ///< with `storage` float16
  const Kernel* kernel_ = &fastest_kernel();
  std::optional<Corpus> corpus_;
  std::unique_ptr<WindowSampler::Tables> tables_;
  std::unique_ptr<WindowSampler> sampler_;
  std::unique_ptr<ReplicaPlan> replicas_;
  std::vector<Memory> threads_;
  std::int64_t block_ = 0;
  std::int64_t share_ = 0, shares_ = 1;
};

}  // namespace zoo::word2vec
