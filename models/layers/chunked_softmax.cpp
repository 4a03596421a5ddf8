#include "models/layers/chunked_softmax.h"

#include <ATen/autocast_mode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "batches/batch.h"

namespace zoo {
namespace {

constexpr std::int64_t kLogits = std::int64_t{1} << 26;  ///< held at once, 256 MiB of float32

std::int64_t rows_at_once(std::int64_t vocabulary) {
  return std::max<std::int64_t>(1, kLogits / std::max<std::int64_t>(1, vocabulary));
}

void check_targets(const Tensor& target, std::int64_t vocabulary) {
  const auto outside = target.lt(0).logical_or(target.ge(vocabulary)).logical_and(target.ne(kIgnored));  // [N]
  if (!outside.any().item<bool>()) return;
  fail("a target of {} is outside the vocabulary of {}", target.masked_select(outside)[0].item<std::int64_t>(),
       vocabulary);
}

/// x · y, rounded to bfloat16 on the way in where that is wanted.
Tensor product(const Tensor& x, const Tensor& y, bool rounded) {
  return rounded ? at::mm(x.to(at::kBFloat16), y.to(at::kBFloat16)).to(x.scalar_type()) : at::mm(x, y);
}

/// A chunk of rows: its logits and what follows from them.
struct Chunk {
  Tensor hidden, target;  ///< [n, D], [n, 1]; 0 where ignored
  Tensor counts;          ///< [n, 1] bool
  Tensor logits;          ///< [n, V]
  Tensor log_sum;         ///< [n, 1] log Σ e^logit

  Chunk(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& words, bool rounded)
      : hidden(x),
        target(words.clamp_min(0).unsqueeze(1)),
        counts(words.ne(kIgnored).unsqueeze(1)),
        logits(product(x, weight.t(), rounded).add_(bias)),
        log_sum(logits.logsumexp(1, true)) {}
  /// [n], 0 where ignored
  Tensor log_probability() const {
    return (logits.gather(1, target) - log_sum).masked_fill(counts.logical_not(), 0).squeeze(1);
  }
  /// ∂ −log p(target) / ∂ logits: softmax − onehot, [n, V]. The logits are gone afterwards.
  Tensor gradient() {
    auto share = logits.sub_(log_sum).exp_();
    share.scatter_add_(1, target, torch::full_like(target, -1, share.options()));
    return share.mul_(counts);
  }
};

}  // namespace

ChunkedCrossEntropy chunked_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias,
                                          const Tensor& target, bool rounded) {
  const at::NoGradGuard no_gradient;
  const c10::impl::ExcludeDispatchKeyGuard own_rounding(c10::autocast_dispatch_keyset);
  check_targets(target, weight.size(0));
  ChunkedCrossEntropy result{torch::zeros({}, hidden.options().dtype(at::kDouble)), torch::empty_like(hidden),
                             torch::zeros_like(weight), torch::zeros_like(bias)};
  const auto rows = hidden.size(0), at_once = rows_at_once(weight.size(0));
  for (std::int64_t first = 0; first < rows; first += at_once) {
    const auto count = std::min(at_once, rows - first);
    Chunk chunk(hidden.narrow(0, first, count), weight, bias, target.narrow(0, first, count), rounded);
    result.sum.sub_(chunk.log_probability().sum(at::kDouble));
    const auto gradient = chunk.gradient();  // [n, V]
    result.hidden.narrow(0, first, count).copy_(product(gradient, weight, rounded));
    result.weight.add_(product(gradient.t(), chunk.hidden, rounded));
    result.bias.add_(gradient.sum(0));
  }
  result.sum = result.sum.to(hidden.scalar_type());
  return result;
}

Tensor chunked_log_probability(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& target) {
  const at::NoGradGuard no_gradient;
  const c10::impl::ExcludeDispatchKeyGuard own_rounding(c10::autocast_dispatch_keyset);
  check_targets(target, weight.size(0));
  std::vector<Tensor> pieces = {hidden.new_empty({0})};
  const auto rows = hidden.size(0), at_once = rows_at_once(weight.size(0));
  for (std::int64_t first = 0; first < rows; first += at_once) {
    const auto count = std::min(at_once, rows - first);
    const Chunk chunk(hidden.narrow(0, first, count), weight, bias, target.narrow(0, first, count), false);
    pieces.push_back(chunk.log_probability());
  }
  return torch::cat(pieces);  // [N]
}

}  // namespace zoo
