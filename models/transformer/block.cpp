#include "models/transformer/block.h"

#include "models/layers/dropout.h"

namespace zoo::transformer {

NormImpl::NormImpl(const TransformerOptions& options) : epsilon_(options.norm_epsilon) {
  weight = register_parameter("weight", torch::ones({options.width}));                                 // [D]
  if (options.norm_kind == "layer") bias = register_parameter("bias", torch::zeros({options.width}));  // [D]
}

Tensor NormImpl::forward(const Tensor& x) {
  if (!bias.defined()) return at::rms_norm(x, {weight.size(0)}, weight, epsilon_);
  return torch::layer_norm(x, {weight.size(0)}, weight, bias, epsilon_);
}

Tensor activate(const Tensor& x, const std::string& activation) {
  if (activation == "relu") return torch::relu(x);
  if (activation == "gelu") return torch::gelu(x);
  if (activation == "gelu-tanh") return torch::gelu(x, "tanh");
  return torch::silu(x);
}

FeedForwardImpl::FeedForwardImpl(const TransformerOptions& options) : activation_(options.activation) {
  const auto product = [&](std::int64_t from, std::int64_t to) {
    return Projection(torch::nn::LinearOptions(from, to).bias(options.feed_forward_bias()));
  };
  inner = register_module("inner", product(options.width, (options.gated() ? 2 : 1) * options.inner()));
  outer = register_module("outer", product(options.inner(), options.width));
}

Tensor FeedForwardImpl::forward(const Tensor& x) {
  const auto hidden = inner(x);  // [B, T, d_ff], or [B, T, 2·d_ff] with a gate
  if (activation_ != "swiglu") return outer(activate(hidden, activation_));  // [B, T, D]
  const auto halves = hidden.chunk(2, -1);                                   // each [B, T, d_ff]
  return outer(activate(halves[0], activation_) * halves[1]);                // [B, T, D]
}

BlockImpl::BlockImpl(const TransformerOptions& options, bool cross)
    : pre_norm_(options.pre_norm()), dropout_(options.dropout) {
  using Kind = MultiHeadAttentionImpl::Kind;
  attention = register_module("attention", MultiHeadAttention(Kind::self, options.attention_sizes()));
  attention_norm = register_module("attention_norm", Norm(options));
  if (cross) {
    cross_attention = register_module("cross_attention", MultiHeadAttention(Kind::cross, options.attention_sizes()));
    cross_norm = register_module("cross_norm", Norm(options));
  }
  feed_forward = register_module("feed_forward", FeedForward(options));
  feed_forward_norm = register_module("feed_forward_norm", Norm(options));
}

Tensor BlockImpl::forward(const Tensor& input, const Reading& reading, std::size_t number) {
  auto x = input;  // [B, T, D] throughout
  const auto sub_layer = [&](Norm& norm, const auto& function) {
    const auto given = zoo::dropout(function(pre_norm_ ? norm(x) : x), dropout_, is_training());
    x = pre_norm_ ? x + given : norm(x + given);
  };
  auto* recording = reading.recording;
  sub_layer(attention_norm, [&](const Tensor& words) {
    return attention->forward(words, reading.self, reading.cache == nullptr ? nullptr : &(*reading.cache)[number],
                              recording == nullptr ? nullptr : &recording->self, reading.rotation);
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
