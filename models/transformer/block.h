#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "models/layers/multi_head_attention.h"
#include "models/transformer/options.h"

namespace zoo::transformer {

using torch::Tensor;

/// Layer normalisation (Ba, Kiros and Hinton 2016): each word's D numbers get mean 0 and variance 1, then
/// x ↦ weight ⊙ x + bias. Of the kind rms (Zhang and Sennrich 2019): mean square 1, then x ↦ weight ⊙ x.
class NormImpl : public torch::nn::Module {
 public:
  explicit NormImpl(const TransformerOptions& options);
  Tensor forward(const Tensor& x);  ///< [..., D] → [..., D]
  Tensor weight, bias;              ///< [D]; no bias of the kind rms

 private:
  double epsilon_;
};
TORCH_MODULE(Norm);

/// FFN(x) = W₂ f(W₁ x + b₁) + b₂ (equation 2; f: ReLU there). The same network at every place of the text, another one
/// in each layer: a word's path through it does not depend on its neighbours'. With a gate (Shazeer 2020, swiglu):
/// W₂ (silu(W x) ⊙ V x), W's rows before V's in `inner`.
class FeedForwardImpl : public torch::nn::Module {
 public:
  explicit FeedForwardImpl(const TransformerOptions& options);
  Tensor forward(const Tensor& x);  ///< [B, T, D] → [B, T, D]
  Projection inner{nullptr}, outer{nullptr};

 private:
  std::string activation_;
};
TORCH_MODULE(FeedForward);

/// f, by its name among the options; of a gated one silu.
Tensor activate(const Tensor& x, const std::string& activation);

/// What was seen while a text was read.
struct Recording {
  std::vector<Tensor> layers;               ///< what each block gave, [B, T, D]
  std::vector<AttentionTrace> self, cross;  ///< one a block
};

/// How a stack of blocks reads a text.
struct Reading {
  AttentionMask self;                        ///< who may look at whom
  std::int64_t first = 0;                    ///< place of the first word
  std::vector<KeysValues>* cache = nullptr;  ///< one a block: the text goes on behind it, and is added to it
  // For blocks with a second attention, one of these two:
  Tensor memory;  ///< [B, S, D] what the encoder made
  /// Its keys and values, one a block, [B', h, S, d]: B' divides B, and B / B' rows in a row share one source.
  const std::vector<KeysValues>* memory_keys = nullptr;
  AttentionMask cross;                 ///< which words of the source may be looked at
  Recording* recording = nullptr;      ///< filled where it is given
  const Rotation* rotation = nullptr;  ///< of the words that are read; set by their stack
};

/// One layer: self-attention, in a translation's decoder attention to the encoder's output, feed-forward network.
/// Each sub-layer F stands in a residual connection with a layer normalisation:
///   post-norm (the paper):  x ↦ Norm(x + Dropout(F(x)))
///   pre-norm:               x ↦ x + Dropout(F(Norm(x)))    (Xiong et al. 2020: trains without a long warm-up)
class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(const TransformerOptions& options, bool cross);
  /// x [B, T, D] → [B, T, D]; `number` is the block's own in its stack.
  Tensor forward(const Tensor& x, const Reading& reading, std::size_t number);
  /// memory [B, S, D]: what the second attention will look at.
  KeysValues memory_keys(const Tensor& memory) { return cross_attention->keys_values(memory); }

  MultiHeadAttention attention{nullptr}, cross_attention{nullptr};
  FeedForward feed_forward{nullptr};
  Norm attention_norm{nullptr}, cross_norm{nullptr}, feed_forward_norm{nullptr};

 private:
  bool pre_norm_;
  double dropout_;
};
TORCH_MODULE(Block);

}  // namespace zoo::transformer
