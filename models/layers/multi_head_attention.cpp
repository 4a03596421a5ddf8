#include "models/layers/multi_head_attention.h"

#include "models/layers/product.h"

namespace zoo {

using torch::Tensor;

void KeysValues::append(const KeysValues& further) {
  keys = keys.defined() ? torch::cat({keys, further.keys}, 2) : further.keys;            // [B, H, S + T, d]
  values = values.defined() ? torch::cat({values, further.values}, 2) : further.values;  // [B, H, S + T, d]
}

MultiHeadAttentionImpl::MultiHeadAttentionImpl(Kind kind, std::int64_t width, std::int64_t heads) : heads_(heads) {
  if (kind == Kind::self) {
    query_key_value = register_module("query_key_value", torch::nn::Linear(width, 3 * width));
  } else {
    query = register_module("query", torch::nn::Linear(width, width));
    key_value = register_module("key_value", torch::nn::Linear(width, 2 * width));
  }
  output = register_module("output", torch::nn::Linear(width, width));
}

std::vector<Tensor> MultiHeadAttentionImpl::heads_of(const Tensor& projected, std::int64_t parts) const {
  const auto batch = projected.size(0), steps = projected.size(1);
  const auto split = projected.view({batch, steps, parts, heads_, -1}).permute({2, 0, 3, 1, 4});  // [n, B, H, T, d]
  return split.unbind(0);
}

Tensor MultiHeadAttentionImpl::forward(const Tensor& x, const AttentionMask& mask, KeysValues* cache,
                                       std::vector<AttentionTrace>* traces) {
  const auto parts = heads_of(apply_linear(query_key_value, x), 3);  // each [B, H, T, d]
  KeysValues own{parts[1], parts[2]};
  if (cache == nullptr) return attend(parts[0], own, mask, traces);
  cache->append(own);
  return attend(parts[0], *cache, mask, traces);
}

Tensor MultiHeadAttentionImpl::forward_cross(const Tensor& x, const KeysValues& memory, const AttentionMask& mask,
                                             std::vector<AttentionTrace>* traces) {
  return attend(heads_of(apply_linear(query, x), 1)[0], memory, mask, traces);
}

KeysValues MultiHeadAttentionImpl::keys_values(const Tensor& memory) {
  const auto parts = heads_of(apply_linear(key_value, memory), 2);  // each [B, H, S, d]
  return {parts[0], parts[1]};
}

Tensor MultiHeadAttentionImpl::attend(const Tensor& query, const KeysValues& other, const AttentionMask& mask,
                                      std::vector<AttentionTrace>* traces) {
  if (traces != nullptr) {
    traces->push_back({query, other.keys, other.values, mask.combined(query.size(2), other.length())});
  }
  const auto heads = fused_attention(query, other.keys, other.values, mask);  // [B, H, T, d]
  return apply_linear(output, heads.transpose(1, 2).flatten(2));              // [B, T, D]
}

}  // namespace zoo
