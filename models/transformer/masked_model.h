#pragma once

#include "models/transformer/base.h"

namespace zoo::transformer {

/// The encoder alone: every word looks at all of its sentence, and hidden words are guessed from both sides (Devlin et
/// al. 2019). Trained on lines of which `mask_rate` of the words are hidden.
class MaskedModel : public Transformer, public Cloze, public WordVectors, public ContextVectors {
 public:
  using Transformer::Transformer;

  Cloze* cloze() override { return this; }
  WordVectors* word_vectors() override { return this; }
  ContextVectors* context_vectors() override { return this; }

  Examples examples() const override { return MaskedSentences{given().mask_rate, given().context}; }
  Loss loss(const Batch& batch, State& state) override;

  /// The gap's own line with kMask in the gap, for lines are what it was trained on: from the last line end before the
  /// gap to the first behind it.
  Tensor cloze(const Tensor& left, const Tensor& right) override;
  bool left_only() const override { return false; }

  Tensor word_vectors() const override { return network_->words->weight.detach(); }
  std::string word_vectors_part() const override { return "words.weight"; }

  std::vector<std::string> context_layers() const override { return layer_names(); }
  std::int64_t context_width() const override { return given().width; }
  Tensor context_vectors(const WordRows& rows, State& state) override;

  std::vector<std::string> attentions() const override { return {"encoder"}; }
  std::vector<AttentionTrace> attention_traces(const Batch& batch, std::string_view attention) override;
};

}  // namespace zoo::transformer
