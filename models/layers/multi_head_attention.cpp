#include "models/layers/multi_head_attention.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/beside.h"
#include "models/layers/autocast.h"
#include "models/layers/few_query_attention.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kLeastRoom = 32;  ///< words

/// Room for rows like those of x [B, H, S, d], word after word in memory: [rows, H, words, d].
Tensor room_like(const Tensor& x, std::int64_t rows, std::int64_t words) {
  return torch::empty({rows, words, x.size(1), x.size(3)}, x.options()).transpose(1, 2);
}

/// x [B', G, S, d] → [B, G, S, d]: of each word that of the row where it lies.
Tensor gathered_from(const Tensor& x, const Tensor& origin) {
  const auto rows = origin.size(0), words = origin.size(1);
  const auto own = torch::arange(words, origin.options().dtype(torch::kInt64));  // [S]
  const auto place = origin.to(torch::kInt64) * words + own.unsqueeze(0);        // [B, S]
  const auto flat = x.transpose(1, 2).reshape({-1, x.size(1), x.size(3)});       // [B'·S, G, d]
  return flat.index_select(0, place.view(-1)).view({rows, words, x.size(1), x.size(3)}).transpose(1, 2);
}

/// `kept` behind each other in a larger room.
void move(Tensor& kept, Tensor& room, const Tensor& like, std::int64_t words) {
  room = room_like(like, like.size(0), words);  // [B, G, capacity, d]
  if (kept.defined()) room.narrow(2, 0, kept.size(2)).copy_(kept);
}

void write(Tensor& kept, const Tensor& room, const Tensor& further) {
  const auto before = kept.defined() ? kept.size(2) : 0, after = before + further.size(2);
  room.narrow(0, 0, further.size(0)).narrow(2, before, further.size(2)).copy_(further);
  kept = room.narrow(2, 0, after);  // [B', G, S + T, d]
}

/// Queries of a row for which few_query_attention() is the faster.
constexpr std::int64_t kFewQueries = 8;

/// Whether it gives what is asked for here: a last query sees all keys, several may have to look past some of them.
bool suits_few_queries(const Tensor& query, const AttentionMask& mask) {
  if (torch::GradMode::is_enabled() || !query.is_cpu() || query.scalar_type() != torch::kFloat || under_autocast()) {
    return false;
  }
  if (query.size(2) > kFewQueries || (mask.causal && query.size(2) > 1)) return false;
  return !mask.allowed.defined() || (mask.allowed.dim() == 4 && mask.allowed.size(1) == 1 && mask.allowed.size(2) == 1);
}

Projection product(std::int64_t from, std::int64_t to, bool bias) {
  return Projection(torch::nn::LinearOptions(from, to).bias(bias));
}

}  // namespace

void KeysValues::append(const KeysValues& further) {
  const auto rows = further.keys.size(0), after = length() + further.length();
  if (!key_room.defined() || key_room.size(2) < after || key_room.size(0) < rows) {
    if (keys.defined()) *this = gathered();
    const auto words = std::max(kLeastRoom, 2 * after);
    move(keys, key_room, further.keys, words);
    move(values, value_room, further.values, words);
  }
  write(keys, key_room, further.keys);
  write(values, value_room, further.values);
  if (!origin.defined()) return;
  const auto own = torch::arange(rows, origin.options()).unsqueeze(1).expand({rows, further.length()});  // [B, T]
  origin = torch::cat({origin, own}, 1);                                                                 // [B, S + T]
}

void KeysValues::pick(const Tensor& chosen) {
  if (!keys.defined()) return;
  const auto rows = beside(chosen, keys);  // [B'']
  if (!key_room.defined()) {
    keys = keys.index_select(0, rows);      // [B'', G, S, d]
    values = values.index_select(0, rows);  // [B'', G, S, d]
    return;
  }
  origin = origin.defined() ? origin.index_select(0, rows)
                            : rows.to(torch::kInt).unsqueeze(1).expand({rows.size(0), length()});  // [B'', S]
}

KeysValues KeysValues::gathered() const {
  if (!origin.defined()) return *this;
  return {gathered_from(keys, origin), gathered_from(values, origin), {}, {}, {}};
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
  const auto parts = heads_of(query_key_value(x), {heads_, key_heads_, key_heads_});
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
  return attend(heads_of(query(x), {heads_})[0], memory, mask, traces);
}

KeysValues MultiHeadAttentionImpl::keys_values(const Tensor& memory) {
  const auto parts = heads_of(key_value(memory), {key_heads_, key_heads_});  // each [B, G, S, d]
  return {parts[0], parts[1]};
}

Tensor MultiHeadAttentionImpl::attend(const Tensor& query, const KeysValues& other, const AttentionMask& mask,
                                      std::vector<AttentionTrace>* traces) {
  if (traces == nullptr && suits_few_queries(query, mask)) {
    return output(few_query_attention(query, other.keys, other.values, mask.allowed, other.origin));  // [B, T, D]
  }
  const auto own = other.gathered();
  auto keys = own.keys, values = own.values;  // [B, G, S, d]
  if (key_heads_ != heads_) {
    keys = keys.repeat_interleave(heads_ / key_heads_, 1);      // [B, H, S, d]
    values = values.repeat_interleave(heads_ / key_heads_, 1);  // [B, H, S, d]
  }
  if (traces != nullptr)
    traces->push_back({query, keys, values, mask.combined(query.size(2), keys.size(2), query.device())});
  const auto heads = fused_attention(query, keys, values, mask);  // [B, H, T, d]
  return output(heads.transpose(1, 2).flatten(2));                // [B, T, D]
}

}  // namespace zoo
