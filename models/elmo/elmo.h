#pragma once

#include "models/both_ways.h"
#include "models/elmo/lstm_stack.h"
#include "models/elmo/token_layer.h"
#include "models/layers/output_layer.h"
#include "models/trainable_vectors.h"

/// ELMo, embeddings from a language model that reads both ways (Peters et al., NAACL 2018). Two language models share
/// how they see a word (x, from its letters) and their softmax; trained is the mean of their losses:
///   ½ Σ_t −log p(w_t | w_1 … w_{t−1}) − log p(w_t | w_{t+1} … w_N)
/// A word's vectors in its sentence are h_0 = [x; x] and h_l = [forward LSTM l; backward LSTM l].
/// README.md has every equation, where it stands and how this differs from the paper.
namespace zoo::elmo {

/// Parameters in model.safetensors: token.… (token_layer.h), forward.l.… and backward.l.… (models/layers/
/// projected_lstm.h), softmax.weight [V, P], softmax.bias [V], or what another output layer has (models/layers/).
struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const ElmoOptions& options, const VocabularyFacts& vocabulary);

  ElmoOptions options;
  TokenLayer token{nullptr};
  LstmStack forward_lm{nullptr}, backward_lm{nullptr};
  std::shared_ptr<OutputLayer> softmax;  ///< both directions'; none where options.softmax is none
};
TORCH_MODULE(Network);

class Elmo : public Model,
             public Differentiable,
             public NextWord,
             public BothWays,
             public Cloze,
             public WordVectors,
             public ContextVectors,
             public TrainableVectors {
 public:
  Elmo(const ElmoOptions& options, const VocabularyFacts& vocabulary);

  Json options() const override;
  /// Beside the parameters: word_vectors.weight [V, P], made from the letters; log_unigram [V], for cloze.
  Parts parts() override;
  void load_parts(const Parts& saved) override;
  void initialise(std::uint64_t seed) override;
  bool to(torch::Device device) override;

  Differentiable* differentiable() override { return predicts() ? this : nullptr; }
  const NextWord* next_word() const override { return predicts() ? this : nullptr; }
  const Cloze* cloze() const override { return predicts() ? this : nullptr; }
  const WordVectors* word_vectors() const override { return this; }
  const ContextVectors* context_vectors() const override { return this; }

  Examples examples() const override { return Streams{network_->options.length, Direction::both}; }
  torch::nn::Module& module() override { return *network_; }
  bool decays(std::string_view parameter) const override { return !parameter.ends_with("bias"); }
  /// The mean of both directions' losses, in nats a token. state: both directions' LSTMs.
  Loss loss(const Batch& batch, State& state) override;

  // The forward language model alone; state: its LSTMs'.
  Tensor score(const Batch& batch, State& state) const override;
  Tensor next(const Tensor& context) const override;
  Tensor advance(const Tensor& words, State& state) const override;  ///< state: as of score(), row b in slot b

  /// The backward language model alone.
  const NextWord* word_before() const override { return predicts() ? &backward_ : nullptr; }

  /// log p(w | left) + log p(w | right) − log p(w): what Bayes' rule gives, up to a constant, where the two sides are
  /// independent given w, p(w | left, right) ∝ p(left | w) p(right | w) p(w).
  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return false; }

  Tensor vectors() const override { return network_->token->table().cpu(); }
  std::string word_vectors_part() const override;

  std::vector<std::string> context_layers() const override;
  std::int64_t context_width() const override { return 2 * network_->options.projection; }
  /// [L + 1, B, T, 2P]. Each row is read with the marks of a sentence's begin and end around it.
  Tensor context_vectors(const WordRows& rows, State& state) const override;
  Tensor trainable_vectors(const WordRows& rows) override;
  torch::nn::Module& encoder() override { return *network_; }

 private:
  /// What the backward language model is asked.
  class Backward : public NextWord {
   public:
    explicit Backward(const Elmo& elmo) : elmo_(elmo) {}
    Tensor score(const Batch& batch, State& state) const override;
    Tensor next(const Tensor& context) const override;
    Tensor advance(const Tensor& words, State& state) const override;

   private:
    const Elmo& elmo_;
  };

  /// log p of the batch's targets [B, T], and of all words [B, V] behind `words` [B, T], which are as they are read.
  Tensor score_along(LstmStack& lm, const Tensor& words, const Batch& batch, State& state) const;
  Tensor advance_along(LstmStack& lm, const Tensor& words, State& state) const;
  bool predicts() const { return network_->options.predicts(); }
  Tensor own_vectors(const WordRows& rows) const;
  Tensor vectors_of(const WordRows& rows, State& state) const;

  std::int64_t vocabulary_;
  std::vector<std::int64_t> counts_;      ///< [V], or empty
  Tensor log_unigram_;                    ///< [V], on the CPU: what it is taken from has come from the device
  std::shared_ptr<NetworkImpl> network_;  ///< inference reads weights only, but forward() of LibTorch is not const
  Backward backward_{*this};
};

const ModelKind& kind();

}  // namespace zoo::elmo
