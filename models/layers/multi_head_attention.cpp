#include "models/layers/multi_head_attention.h"

#include <ATen/ops/index_select.h>

#include <algorithm>
#include <utility>

#include "models/layers/product.h"

namespace zoo {

using torch::Tensor;

namespace {

constexpr std::int64_t kLeastRoom = 32;  ///< words

/// Room for rows like those of x [B, H, S, d], word after word in memory: [rows, H, words, d].
Tensor room_like(const Tensor& x, std::int64_t rows, std::int64_t words) {
  return torch::empty({rows, words, x.size(1), x.size(3)}, x.options()).transpose(1, 2);
}

void append_to(Tensor& kept, Tensor& room, const Tensor& further) {
  const auto before = kept.defined() ? kept.size(2) : 0, after = before + further.size(2);
  if (!room.defined() || room.size(2) < after) {
    room = room_like(further, further.size(0), std::max(kLeastRoom, 2 * after));  // [B, H, capacity, d]
    if (before > 0) room.narrow(2, 0, before).copy_(kept);
  }
  room.narrow(2, before, after - before).copy_(further);
  kept = room.narrow(2, 0, after);  // [B, H, S + T, d]
}

void pick_from(Tensor& kept, Tensor& room, Tensor& spare, const Tensor& rows) {
  const auto count = rows.size(0), words = kept.size(2);
  if (!room.defined()) {
    kept = kept.index_select(0, rows);  // [B', H, S, d]
    return;
  }
  if (!spare.defined() || spare.size(0) < count || spare.size(2) != room.size(2)) {
    spare = room_like(room, count, room.size(2));  // [B', H, capacity, d]
  }
  spare = spare.narrow(0, 0, count);
  auto picked = spare.narrow(2, 0, words);  // [B', H, S, d]
  at::index_select_out(picked, kept, 0, rows);
  std::swap(room, spare);
  kept = picked;
}

}  // namespace

void KeysValues::append(const KeysValues& further) {
  append_to(keys, key_room, further.keys);
  append_to(values, value_room, further.values);
}

void KeysValues::pick(const Tensor& rows) {
  if (!keys.defined()) return;
  pick_from(keys, key_room, spare_keys, rows);
  pick_from(values, value_room, spare_values, rows);
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
