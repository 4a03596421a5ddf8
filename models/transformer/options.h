#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "models/layers/multi_head_attention.h"
#include "models/layers/rotary.h"

namespace zoo::transformer {

/// One set of blocks, three networks of them. Symbols as in Vaswani et al. 2017: N layers, D = d_model, h heads,
/// d_ff.
struct TransformerOptions {
  std::string architecture = "decoder";
  std::int64_t layers = 4;
  std::int64_t source_layers = 0;
  std::int64_t width = 256;
  std::int64_t heads = 4;
  std::int64_t key_heads = 0;
  std::int64_t feed_forward = 0;
  std::int64_t context = 128;
  std::int64_t stride = 0;
  std::string norm = "pre";
  std::string norm_kind = "layer";
  double norm_epsilon = 1e-5;
  std::string positions = "sinusoidal";
  RotaryOptions rotary = {};
  std::string activation = "gelu";
  std::string biases = "all";
  std::string tie = "output";
  bool scale_embeddings = true;
  bool embedding_norm = false;
  std::int64_t segments = 0;
  std::string output_layer = "plain";
  bool output_bias = true;
  std::string marks = "end";
  std::vector<std::int64_t> absent_tokens = {};
  double dropout = 0.1;
  double label_smoothing = 0;
  double mask_rate = 0.15;

  void fields(Fields& field);
  /// Throws UsageError for sizes that do not go together.
  void check() const;

  bool has_encoder() const { return architecture != "decoder"; }
  bool has_decoder() const { return architecture != "encoder"; }
  bool translates() const { return architecture == "encoder-decoder"; }
  bool pre_norm() const { return norm == "pre"; }
  bool learned_positions() const { return positions == "learned"; }
  bool rotary_positions() const { return positions == "rotary"; }
  bool gated() const { return activation == "swiglu"; }
  bool predicts() const { return output_layer != "none"; }
  /// A text is opened by kBegin.
  bool begins() const { return marks == "begin"; }
  bool attention_bias() const { return biases != "none"; }
  bool feed_forward_bias() const { return biases == "all"; }
  AttentionSizes attention_sizes() const {
    return {width, heads, key_heads, attention_bias(), biases == "all" || biases == "attention"};
  }
  std::int64_t head_width() const { return width / heads; }                           ///< d
  std::int64_t keys_and_values() const { return key_heads > 0 ? key_heads : heads; }  ///< G
  std::int64_t inner() const { return feed_forward > 0 ? feed_forward : 4 * width; }  ///< d_ff
  std::int64_t encoder_layers() const { return translates() && source_layers > 0 ? source_layers : layers; }
  std::int64_t window_stride() const { return stride > 0 ? stride : (context + 1) / 2; }
  /// Numbers to learn.
  double parameters(std::int64_t vocabulary, std::int64_t source_vocabulary) const;
};

}  // namespace zoo::transformer
