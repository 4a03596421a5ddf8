#include "models/layers/multi_head_attention.h"

#include <ATen/ops/index_select.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/layers/product.h"

namespace zoo {
namespace {

using torch::Tensor;

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

torch::nn::Linear product(std::int64_t from, std::int64_t to, bool bias) {
  return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(bias));
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

MultiHeadAttentionImpl::MultiHeadAttentionImpl(Kind kind, const AttentionSizes& sizes)
    : heads_(sizes.heads), key_heads_(sizes.key_heads > 0 ? sizes.key_heads : sizes.heads) {
  const auto width = sizes.width, keys = width / heads_ * key_heads_;  // D, G·d
  if (kind == Kind::self) {
    query_key_value = register_module("query_key_value", product(width, width + 2 * keys, sizes.input_bias));
  } else {
    query = register_module("query", product(width, width, sizes.input_bias));
    key_value = register_module("key_value", product(width, 2 * keys, sizes.input_bias));
  }
  output = register_module("output", product(width, width, sizes.output_bias));
}

std::vector<Tensor> MultiHeadAttentionImpl::heads_of(const Tensor& projected,
                                                     const std::vector<std::int64_t>& heads) const {
  const auto all = std::accumulate(heads.begin(), heads.end(), std::int64_t{0});
  const auto split = projected.unflatten(2, {all, projected.size(2) / all}).transpose(1, 2);  // [B, n, T, d]
  return split.split_with_sizes(heads, 1);
}

Tensor MultiHeadAttentionImpl::forward(const Tensor& x, const AttentionMask& mask, KeysValues* cache,
                                       std::vector<AttentionTrace>* traces, const Rotation* rotation) {
  const auto parts = heads_of(apply_linear(query_key_value, x), {heads_, key_heads_, key_heads_});
  auto turned = parts[0];              // [B, H, T, d]
  KeysValues own{parts[1], parts[2]};  // [B, G, T, d]
  if (rotation != nullptr) {
    turned = rotate(turned, *rotation);
    own.keys = rotate(own.keys, *rotation);
  }
  if (cache == nullptr) return attend(turned, own, mask, traces);
  cache->append(own);
  return attend(turned, *cache, mask, traces);
}

Tensor MultiHeadAttentionImpl::forward_cross(const Tensor& x, const KeysValues& memory, const AttentionMask& mask,
                                             std::vector<AttentionTrace>* traces) {
  return attend(heads_of(apply_linear(query, x), {heads_})[0], memory, mask, traces);
}

KeysValues MultiHeadAttentionImpl::keys_values(const Tensor& memory) {
  const auto parts = heads_of(apply_linear(key_value, memory), {key_heads_, key_heads_});  // each [B, G, S, d]
  return {parts[0], parts[1]};
}

Tensor MultiHeadAttentionImpl::attend(const Tensor& query, const KeysValues& other, const AttentionMask& mask,
                                      std::vector<AttentionTrace>* traces) {
  auto keys = other.keys, values = other.values;
  if (key_heads_ != heads_) {
    keys = keys.repeat_interleave(heads_ / key_heads_, 1);      // [B, H, S, d]
    values = values.repeat_interleave(heads_ / key_heads_, 1);  // [B, H, S, d]
  }
  if (traces != nullptr) traces->push_back({query, keys, values, mask.combined(query.size(2), keys.size(2))});
  const auto heads = fused_attention(query, keys, values, mask);  // [B, H, T, d]
  return apply_linear(output, heads.transpose(1, 2).flatten(2));  // [B, T, D]
}

}  // namespace zoo
