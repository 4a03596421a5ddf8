#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "models/layers/attention.h"
#include "models/layers/projection.h"
#include "models/layers/rotary.h"

namespace zoo {

/// The keys and values of one attention, split into heads: [B', G, S, d] each; undefined before anything was read.
struct KeysValues {
  torch::Tensor keys, values;
  /// What they are the beginning of, [B', G, capacity, d]: room for words to come; undefined where there is none.
  torch::Tensor key_room, value_room;
  /// [B, S] int32: in which of the B' rows the key and value of each word of a row lie; undefined: in its own, B = B'.
  /// A search that goes on with other rows changes this, and no key moves.
  torch::Tensor origin;

  std::int64_t length() const { return keys.defined() ? keys.size(2) : 0; }
  /// Those of further words behind these: the cache of a decoder grows by this. They are written into the room, which
  /// is doubled when it is full, so that each word costs the same. A copy of this struct shares the room: only one of
  /// the two may go on. No gradient.
  void append(const KeysValues& further);
  /// Goes on with rows [B''] int64 of the B, wherever `rows` lies.
  void pick(const torch::Tensor& rows);
  /// Each row's own in its place: [B, G, S, d].
  KeysValues gathered() const;
};

/// Sizes of an attention: D = width, H = heads, d = D / H, G = heads of keys and values. H a multiple of G: each of
/// these serves H / G queries side by side (Ainslie et al. 2023), and a cache of them is so much smaller.
struct AttentionSizes {
  std::int64_t width, heads;
  std::int64_t key_heads = 0;  ///< G; 0: H
  bool input_bias = true;      ///< of the products that make queries, keys and values
  bool output_bias = true;     ///< of the one that joins the heads
};

/// Multi-head attention (Vaswani et al. 2017, §3.2.2): H attentions side by side, each on its own d = D / H numbers
/// that it makes from the words by products of its own, and a product that joins them.
///   head_h = Attention(x W_h^Q, y W_h^K, y W_h^V),   MultiHead(x, y) = [head_1; …; head_H] W^O
/// Self-attention: y = x. Between a decoder and an encoder: y is what the encoder made.
/// Parameters, the heads side by side, queries before keys before values:
///   self:   query_key_value.weight [(H + 2·G)·d, D], .bias
///   cross:  query.weight [D, D], .bias;  key_value.weight [2·G·d, D], .bias
///   both:   output.weight [D, D], .bias
class MultiHeadAttentionImpl : public torch::nn::Module {
 public:
  enum class Kind { self, cross };
  MultiHeadAttentionImpl(Kind kind, const AttentionSizes& sizes);

  /// Self-attention of x [B, T, D] → [B, T, D]. With `cache`, x goes on behind what is in it, and is added to it. With
  /// `rotation`, queries and keys are turned by their places.
  torch::Tensor forward(const torch::Tensor& x, const AttentionMask& mask, KeysValues* cache = nullptr,
                        std::vector<AttentionTrace>* traces = nullptr, const Rotation* rotation = nullptr);
  /// Cross-attention of x [B, T, D] over what keys_values() made of the encoder's output.
  torch::Tensor forward_cross(const torch::Tensor& x, const KeysValues& memory, const AttentionMask& mask,
                              std::vector<AttentionTrace>* traces = nullptr);
  /// memory [B, S, D]: made once a sentence, however many words are decoded.
  KeysValues keys_values(const torch::Tensor& memory);

  Projection query_key_value{nullptr}, query{nullptr}, key_value{nullptr}, output{nullptr};

 private:
  torch::Tensor attend(const torch::Tensor& query, const KeysValues& other, const AttentionMask& mask,
                       std::vector<AttentionTrace>* traces);
  /// [B, T, n·d] → [B, n, T, d] for each n of `heads`, one behind the other.
  std::vector<torch::Tensor> heads_of(const torch::Tensor& projected, const std::vector<std::int64_t>& heads) const;

  std::int64_t heads_, key_heads_;
};
TORCH_MODULE(MultiHeadAttention);

}  // namespace zoo
