#pragma once

#include "models/model.h"

/// Neural probabilistic language model (Bengio, Ducharme, Vincent and Jauvin, JMLR 3, 2003), equation 1:
///   y = b + W x + U tanh(d + H x),   x = [C(w_{t−n+1}); …; C(w_{t−1})],   P(w_t | …) = softmax(y)
/// V = vocabulary, n = order, m = embedding, h = hidden. models/nnlm/README.md has the deviations.
namespace zoo::nnlm {

struct NnlmOptions {
  std::int64_t order = 5;
  std::int64_t embedding = 60;
  std::int64_t hidden = 100;
  bool direct = false;
  double dropout = 0;

  void fields(Fields& field);
  void check() const;  ///< throws UsageError for a network without a way from words to prediction
  std::int64_t context() const { return order - 1; }
  /// V(1 + n·m + h) + h(1 + (n−1)m), V(n−1)m fewer without direct connections.
  double parameters(std::int64_t vocabulary) const;
};

/// Parameters, with their names in model.safetensors:
///   embedding.weight  C        [V, m]
///   hidden.weight     H        [h, (n−1)·m]       hidden.bias  d  [h]       (none of the two where h = 0)
///   output.weight     [U  W]   [V, h + (n−1)·m]   output.bias  b  [V]       (W only with direct connections)
/// U and W lie side by side because [U W]·[tanh(…); x] is one product instead of two.
struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const NnlmOptions& options, std::int64_t vocabulary);
  /// What the output layer sees of `context` [B, n−1]: [tanh(d + H x); x], [B, h + (n−1)·m].
  Tensor features(const Tensor& context);

  NnlmOptions options;
  torch::nn::Embedding embedding{nullptr};
  torch::nn::Linear hidden{nullptr}, output{nullptr};
};
TORCH_MODULE(Network);

class Nnlm : public Model, public Differentiable, public NextWord, public Cloze, public WordVectors {
 public:
  Nnlm(const NnlmOptions& options, const VocabularyFacts& vocabulary);

  Json options() const override;
  Parts parts() override;
  /// C uniform in ±1/√m · √3 · 0.1, H and d uniform in ±1/√fan-in, U and W zero, b the log of each word's frequency
  /// in the training text: training starts from the unigram model.
  void initialise(std::uint64_t seed) override;

  Differentiable* differentiable() override { return this; }
  NextWord* next_word() override { return this; }
  Cloze* cloze() override { return this; }
  WordVectors* word_vectors() override { return this; }

  Examples examples() const override { return Windows{network_->options.context()}; }
  torch::nn::Module& module() override { return *network_; }
  bool decays(std::string_view parameter) const override { return !parameter.ends_with("bias"); }
  Loss loss(const Batch& batch, State& state) override;

  Tensor score(const Batch& batch, State& state) override;  ///< state: the n−2 words before the input, [slots, n−2]
  Tensor next(const Tensor& context) override;

  Tensor cloze(const Tensor& left, const Tensor& right) override;
  bool left_only() const override { return true; }

  Tensor word_vectors() const override { return network_->embedding->weight.detach(); }
  std::string word_vectors_part() const override { return "embedding.weight"; }

 private:
  std::int64_t vocabulary_;
  std::vector<std::int64_t> counts_;  ///< [V], or empty
  Network network_;
};

const ModelKind& kind();

}  // namespace zoo::nnlm
