#pragma once

#include "models/transformer/base.h"
#include "models/transformer/window.h"

namespace zoo::transformer {

/// The decoder alone: a word looks at itself and at those before it, and the next one is predicted from what comes of
/// it (Radford et al. 2018). Trained on streams, `context` words at once; scored and continued through a Window.
class LanguageModel : public Transformer,
                      public NextWord,
                      public Cloze,
                      public WordVectors,
                      public ContextVectors,
                      public SentenceMeans {
 public:
  using Transformer::Transformer;

  const NextWord* next_word() const override { return this; }
  const Cloze* cloze() const override { return this; }
  const WordVectors* word_vectors() const override { return this; }
  const ContextVectors* context_vectors() const override { return this; }

  Examples examples() const override { return Streams{given().context, Direction::forward}; }
  Loss loss(const Batch& batch, State& state) override;

  Tensor score(const Batch& batch, State& state) const override;
  Tensor next(const Tensor& context) const override;
  /// state: the words in the window [B, n], then the room of each block's keys and values [B, H, capacity, d], of which
  /// n are written. It is written on in place: of a state and its copy only one may go on.
  Tensor advance(const Tensor& words, State& state) const override;

  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return true; }

  Tensor vectors() const override { return network_->words->weight.detach().cpu(); }
  std::string word_vectors_part() const override { return "words.weight"; }

  std::vector<std::string> context_layers() const override { return layer_names(); }
  std::int64_t context_width() const override { return given().width; }
  Tensor context_vectors(const WordRows& rows, State& state) const override;
  Tensor sentence_means(const WordRows& rows) const override { return mean_over_pieces(rows, kEnd, -1); }

  std::vector<std::string> attentions() const override { return {"decoder"}; }
  std::vector<AttentionTrace> attention_traces(const Batch& batch, std::string_view attention) const override;

 private:
  Window window() const { return {given().context, given().window_stride()}; }
};

}  // namespace zoo::transformer
