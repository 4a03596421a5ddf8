#pragma once

#include "models/model.h"
#include "models/nnlm/network.h"

/// Neural probabilistic language model (Bengio, Ducharme, Vincent and Jauvin, JMLR 3, 2003), equation 1:
///   y = b + W x + U tanh(d + H x),   x = [C(w_{t−n+1}); …; C(w_{t−1})],   P(w_t | …) = softmax(y)
/// V = vocabulary, n = order, m = embedding, h = hidden. By options a modern network of the same kind: layers,
/// residuals, norms, averages of words further back, tied vectors (Sun & Iyyer, NAACL 2021), and any of the output
/// layers of models/layers/. models/nnlm/README.md has the deviations.
namespace zoo::nnlm {

class Nnlm : public Model, public Differentiable, public NextWord, public Cloze, public WordVectors {
 public:
  Nnlm(const NnlmOptions& options, const VocabularyFacts& vocabulary);

  Json options() const override;
  Parts parts() override;
  void load_parts(const Parts& saved) override;
  /// C of standard deviation 0.1, other weights and biases uniform in ±1/√fan-in; the output layer so that training
  /// starts from the unigram model: U and W zero, b the log of each word's frequency in the training text.
  void initialise(std::uint64_t seed) override;

  Differentiable* differentiable() override { return this; }
  const NextWord* next_word() const override { return this; }
  const Cloze* cloze() const override { return this; }
  const WordVectors* word_vectors() const override { return this; }

  Examples examples() const override { return Windows{network_->options.context()}; }
  torch::nn::Module& module() override { return *network_; }
  /// The paper's decay: weights and C, no biases; and no scales of normalisations.
  bool decays(std::string_view parameter) const override {
    return !parameter.ends_with("bias") && !parameter.starts_with("norms.");
  }
  Loss loss(const Batch& batch, State& state) override;

  /// state: the words before the input that contexts reach, [slots, context − 1]
  Tensor score(const Batch& batch, State& state) const override;
  Tensor next(const Tensor& context) const override;

  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return true; }

  Tensor vectors() const override { return network_->embedding->weight.detach().cpu(); }
  std::string word_vectors_part() const override { return "embedding.weight"; }

 private:
  /// What the output layer sees of context [B, n], which is on the CPU.
  Tensor features(const Tensor& context) const;

  std::int64_t vocabulary_;
  std::vector<std::int64_t> counts_;      ///< [V], or empty
  std::shared_ptr<NetworkImpl> network_;  ///< inference reads weights only, but forward() of LibTorch is not const
};

const ModelKind& kind();

}  // namespace zoo::nnlm
