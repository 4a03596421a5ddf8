#include "models/transformer/block.h"

#include "models/layers/product.h"

namespace zoo::transformer {

NormImpl::NormImpl(std::int64_t width) {
  weight = register_parameter("weight", torch::ones({width}));  // [D]
  bias = register_parameter("bias", torch::zeros({width}));     // [D]
}

Tensor NormImpl::forward(const Tensor& x) { return torch::layer_norm(x, {weight.size(0)}, weight, bias); }

FeedForwardImpl::FeedForwardImpl(const TransformerOptions& options) : relu_(options.activation == "relu") {
  inner = register_module("inner", torch::nn::Linear(options.width, options.inner()));
  outer = register_module("outer", torch::nn::Linear(options.inner(), options.width));
}

Tensor FeedForwardImpl::forward(const Tensor& x) {
  const auto hidden = apply_linear(inner, x);                                     // [B, T, d_ff]
  return apply_linear(outer, relu_ ? torch::relu(hidden) : torch::gelu(hidden));  // [B, T, D]
}

BlockImpl::BlockImpl(const TransformerOptions& options, bool cross)
    : pre_norm_(options.pre_norm()), dropout_(options.dropout) {
  using Kind = MultiHeadAttentionImpl::Kind;
  attention = register_module("attention", MultiHeadAttention(Kind::self, options.width, options.heads));
  attention_norm = register_module("attention_norm", Norm(options.width));
  if (cross) {
    cross_attention = register_module("cross_attention", MultiHeadAttention(Kind::cross, options.width, options.heads));
    cross_norm = register_module("cross_norm", Norm(options.width));
  }
  feed_forward = register_module("feed_forward", FeedForward(options));
  feed_forward_norm = register_module("feed_forward_norm", Norm(options.width));
}

Tensor BlockImpl::forward(const Tensor& input, const Reading& reading, std::size_t number) {
  auto x = input;  // [B, T, D] throughout
  const auto sub_layer = [&](Norm& norm, const auto& function) {
    const auto given = torch::dropout(function(pre_norm_ ? norm(x) : x), dropout_, is_training());
    x = pre_norm_ ? x + given : norm(x + given);
  };
  auto* recording = reading.recording;
  sub_layer(attention_norm, [&](const Tensor& words) {
    return attention->forward(words, reading.self, reading.cache == nullptr ? nullptr : &(*reading.cache)[number],
                              recording == nullptr ? nullptr : &recording->self);
  });
  if (!cross_attention.is_empty()) {
    sub_layer(cross_norm, [&](const Tensor& words) {
      const auto memory = reading.memory_keys != nullptr ? (*reading.memory_keys)[number] : memory_keys(reading.memory);
      // Rows that share a source look at it together, like words of one row: its keys are not copied for each.
      const auto together = words.reshape({memory.keys.size(0), -1, words.size(2)});  // [sources, rows of each · T, D]
      return cross_attention
          ->forward_cross(together, memory, reading.cross, recording == nullptr ? nullptr : &recording->cross)
          .view_as(words);
    });
  }
  sub_layer(feed_forward_norm, [&](const Tensor& words) { return feed_forward(words); });
  if (recording != nullptr) recording->layers.push_back(x);
  return x;
}

}  // namespace zoo::transformer
