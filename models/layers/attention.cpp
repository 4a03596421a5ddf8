#include "models/layers/attention.h"

#include <ATen/ops/scaled_dot_product_attention.h>

#include <cmath>
#include <limits>
#include <vector>

#include "models/layers/autocast.h"

namespace zoo {

using torch::Tensor;

Attended attention_by_vectors(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& allowed) {
  const auto queries = query.size(0), keys = key.size(0);
  const auto scale = 1 / std::sqrt(static_cast<double>(query.size(1)));
  auto values = torch::zeros({queries, value.size(1)}, value.options());  // [T, e]
  auto weights = torch::zeros({queries, keys}, value.options());          // [T, S]
  for (std::int64_t t = 0; t < queries; ++t) {
    // 1. The query against each key: s_i = q · k_i / √d.
    std::vector<double> score(static_cast<std::size_t>(keys), -std::numeric_limits<double>::infinity());
    auto largest = -std::numeric_limits<double>::infinity();
    for (std::int64_t s = 0; s < keys; ++s) {
      if (allowed.defined() && !allowed[t][s].item<bool>()) continue;
      auto& own = score[static_cast<std::size_t>(s)];
      own = query[t].dot(key[s]).item<double>() * scale;
      largest = std::max(largest, own);
    }
    if (std::isinf(largest)) continue;
    // 2. Softmax: a_i = exp(s_i) / Σ_j exp(s_j). The largest is taken off first, which changes no quotient.
    double sum = 0;
    for (auto& own : score) sum += own = std::exp(own - largest);
    // 3. The values, each as much as its key matched: Σ a_i v_i.
    for (std::int64_t s = 0; s < keys; ++s) {
      const auto weight = score[static_cast<std::size_t>(s)] / sum;
      weights[t][s] = weight;
      values[t].add_(value[s], weight);
    }
  }
  return {values, weights};
}

Attended attention_by_matrices(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& allowed) {
  auto scores = query.matmul(key.transpose(-2, -1)) / std::sqrt(static_cast<double>(query.size(-1)));  // [..., T, S]
  if (!allowed.defined()) {
    const auto weights = scores.softmax(-1);  // [..., T, S]
    return {weights.matmul(value), weights};
  }
  auto weights = scores.masked_fill(allowed.logical_not(), -std::numeric_limits<double>::infinity()).softmax(-1);
  weights = weights.masked_fill(allowed.any(-1, true).logical_not(), 0);  // who may look at nothing, instead of NaN
  return {weights.matmul(value), weights};
}

Tensor AttentionMask::combined(std::int64_t queries, std::int64_t keys, torch::Device device) const {
  if (!causal || (queries == 1 && keys >= 1)) return allowed;  // a last query sees all keys anyway
  const auto order = causal_mask(queries, keys, device);       // [T, S]
  return allowed.defined() ? order.logical_and(allowed) : order;
}

Tensor fused_attention(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionMask& mask) {
  const auto queries = query.size(2), keys = key.size(2);
  // The operator's own causal mask needs no tensor; it counts from the first key, so both must be as many.
  const bool own_causal = mask.causal && !mask.allowed.defined() && queries == keys;
  const auto allowed = own_causal ? Tensor() : mask.combined(queries, keys, query.device());
  const auto attend = [&](const Tensor& q, const Tensor& k, const Tensor& v) {
    return at::scaled_dot_product_attention(q, k, v, allowed.defined() ? std::optional<Tensor>(allowed) : std::nullopt,
                                            /*dropout_p=*/0, own_causal);
  };
  if (!query.is_cpu() || !under_autocast()) return attend(query, key, value);
  const c10::impl::ExcludeDispatchKeyGuard as_given(c10::DispatchKey::AutocastCPU);
  return attend(query.to(at::kFloat), key.to(at::kFloat), value.to(at::kFloat));
}

Tensor causal_mask(std::int64_t queries, std::int64_t keys, torch::Device device) {
  return torch::ones({queries, keys}, torch::TensorOptions(torch::kBool).device(device)).tril(keys - queries);
}

Tensor padding_mask(const Tensor& lengths, std::int64_t keys) {
  const auto there = torch::arange(keys, lengths.options()).unsqueeze(0) < lengths.unsqueeze(1);  // [B, S]
  return there.view({lengths.size(0), 1, 1, keys});
}

}  // namespace zoo
