#pragma once

#include "models/decoding.h"
#include "models/transformer/base.h"

namespace zoo::transformer {

/// Encoder and decoder (Vaswani et al. 2017, figure 1): the encoder reads the whole source; each word of the target
/// looks at those before it, and at the source through the second attention. Trained on pairs of sentences.
class Translator : public Transformer, public Translation, public Decodes {
 public:
  using Transformer::Transformer;

  const Translation* translation() const override { return this; }

  Examples examples() const override { return SentencePairs{given().context}; }
  Loss loss(const Batch& batch, State& state) override;

  std::int64_t longest_source() const override { return given().context; }
  std::int64_t longest_target() const override { return given().context; }
  std::int64_t target_size() const override { return network_->words->weight.size(0); }
  /// With a cache of keys and values.
  std::unique_ptr<Decoding> decode(const Tensor& source, const Tensor& lengths) const override;
  /// Without one: each step reads source and target anew. state: sources [B, S], lengths [B], words so far [B, n].
  State encode(const Tensor& source, const Tensor& lengths) const override;
  Tensor step(const Tensor& words, State& state) const override;

  std::vector<std::string> attentions() const override { return {"encoder", "decoder", "cross"}; }
  std::vector<AttentionTrace> attention_traces(const Batch& batch, std::string_view attention) const override;

 private:
  /// What the decoder makes of other_input [B, S], D numbers a word.
  Tensor read_both(const Batch& batch, Recording* source, Recording* target) const;
};

}  // namespace zoo::transformer
