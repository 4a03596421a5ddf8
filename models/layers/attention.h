#pragma once

#include <torch/types.h>

namespace zoo {

// Attention (Vaswani et al. 2017, §3.2.1): a query is held against every key, and the values are added up, weighted by
// how well their keys match:
//   Attention(Q, K, V) = softmax(Q Kᵀ / √d) V
// T queries and S keys of d numbers, S values of e numbers. Three ways to compute it, which a test holds equal: one
// vector at a time, to be read; as matrices, which gives the weights too; fused, which is fast and keeps no weights.

/// What comes of it: values [..., T, e] and the weights that made them, [..., T, S], each row summing to one.
struct Attended {
  torch::Tensor values, weights;
};

/// A query against every key, one vector at a time. query [T, d], key [S, d], value [S, e]; allowed [T, S] bool tells
/// which keys a query may look at, undefined: all. A query that may look at none gets zeros.
Attended attention_by_vectors(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                              const torch::Tensor& allowed = {});

/// The same as matrices: query [..., T, d], key [..., S, d], value [..., S, e], allowed broadcastable to [..., T, S].
/// With gradient.
Attended attention_by_matrices(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& allowed = {});

/// What the queries of a batch may look at: all keys, those up to their own place, those that are no padding, or both.
struct AttentionMask {
  bool causal = false;    ///< query i of T looks at keys 0 … S − T + i: the last query sees all
  torch::Tensor allowed;  ///< [B, 1, 1 or T, S] bool; undefined: all

  /// Both as one, broadcastable to [B, 1, T, S]; undefined where everything is allowed. On `device`, where `allowed`
  /// lies too.
  torch::Tensor combined(std::int64_t queries, std::int64_t keys, torch::Device device = torch::kCPU) const;
};

/// The same through LibTorch's fused operator: query [B, H, T, d], key and value [B, H, S, …] → [B, H, T, e]. With
/// gradient. Every query must be allowed at least one key.
torch::Tensor fused_attention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                              const AttentionMask& mask);

/// What one attention works on, for those who want to look inside: its output and weights follow from these.
struct AttentionTrace {
  torch::Tensor query;       ///< [B, H, T, d]
  torch::Tensor key, value;  ///< [B, H, S, d]
  torch::Tensor allowed;     ///< broadcastable to [B, 1, T, S] bool; undefined: all
};

/// [T, S] bool: query i may look at keys 0 … S − T + i.
torch::Tensor causal_mask(std::int64_t queries, std::int64_t keys, torch::Device device = torch::kCPU);

/// lengths [B] int64 → [B, 1, 1, S] bool, where the lengths lie: the keys that are no padding.
torch::Tensor padding_mask(const torch::Tensor& lengths, std::int64_t keys);

}  // namespace zoo
