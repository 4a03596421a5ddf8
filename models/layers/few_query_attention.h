#pragma once

#include <torch/types.h>

namespace zoo {

/// The attention of a decoder that goes on by a word: softmax(q · kᵀ / √d) v for the few queries of each row, all
/// heads, in float32 on the CPU, without a call of a matrix product for each of them.
///   query   [B, H, T, d]
///   keys, values [B', G, S, d]: G divides H, and heads h·H/G … share one
///   allowed [B, 1, 1, S] bool, or undefined: who may be looked at
///   origin  [B, S] int32, or undefined: in which of the B' rows each key and value of a row lies; undefined: in its
///   own
/// Returns [B, T, H · d], the heads side by side. The last dimension of query, keys and values lies in a row. No
/// gradient.
torch::Tensor few_query_attention(const torch::Tensor& query, const torch::Tensor& keys, const torch::Tensor& values,
                                  const torch::Tensor& allowed, const torch::Tensor& origin);

}  // namespace zoo
