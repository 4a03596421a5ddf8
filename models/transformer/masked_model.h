#pragma once

#include "models/transformer/base.h"

namespace zoo::transformer {

/// The encoder alone: every word looks at all of its sentence, and hidden words are guessed from both sides (Devlin et
/// al. 2019). Trained on lines of which `mask_rate` of the words are hidden. Without an output layer it gives vectors
/// only. With the option marks = begin it puts kBegin before every line it reads; those who call it do not.
class MaskedModel : public Transformer, public Cloze, public WordVectors, public ContextVectors, public SentenceMeans {
 public:
  MaskedModel(const TransformerOptions& options, const VocabularyFacts& vocabulary);

  Differentiable* differentiable() override { return given().predicts() ? this : nullptr; }
  const Cloze* cloze() const override { return given().predicts() ? this : nullptr; }
  const WordVectors* word_vectors() const override { return this; }
  const ContextVectors* context_vectors() const override { return this; }

  Examples examples() const override { return MaskedSentences{given().mask_rate, longest_line()}; }
  Loss loss(const Batch& batch, State& state) override;

  /// The gap's own line with kMask in the gap, for lines are what it was trained on: from the last line end before the
  /// gap to the first behind it.
  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return false; }

  Tensor vectors() const override { return network_->words->weight.detach().cpu(); }
  std::string word_vectors_part() const override { return "words.weight"; }

  std::vector<std::string> context_layers() const override { return layer_names(); }
  std::int64_t context_width() const override { return given().width; }
  Tensor context_vectors(const WordRows& rows, State& state) const override;
  Tensor sentence_means(const WordRows& rows) const override;

  std::vector<std::string> attentions() const override { return {"encoder"}; }
  std::vector<AttentionTrace> attention_traces(const Batch& batch, std::string_view attention) const override;

 private:
  /// Of a line's tokens, its closing kEnd included, the most that are read at once.
  std::int64_t longest_line() const { return given().context - (given().begins() ? 1 : 0); }
  std::int64_t before() const { return given().begins() ? kBegin : -1; }
  /// ids [B, T] and lengths [B] of lines → what the encoder makes of them, [B, T, D]
  Tensor read(const Tensor& ids, const Tensor& lengths, Recording* recording = nullptr) const;
};

}  // namespace zoo::transformer
