#include "models/word2vec/half_matrices.h"

#include <algorithm>

namespace zoo::word2vec {
namespace {

constexpr std::int64_t kRowsAtOnce = 4096;

Half* cells(const Tensor& rows) { return reinterpret_cast<Half*>(rows.data_ptr<at::Half>()); }

}  // namespace

HalfMatrices::HalfMatrices(Weights& weights)
    : weights_(weights),
      input_(padded_rows(weights.vocabulary() + (weights.composed() ? weights.ngrams.size(0) : 0), weights.dim(),
                         torch::kHalf)),
      output_(padded_rows(weights.vocabulary(), weights.dim(), torch::kHalf)) {}

std::vector<HalfMatrices::Pair> HalfMatrices::pairs() const {
  const auto words = weights_.vocabulary();
  std::vector<Pair> all = {{weights_.input, input_.narrow(0, 0, words)}, {weights_.output, output_}};
  if (weights_.composed()) all.push_back({weights_.ngrams, input_.narrow(0, words, weights_.ngrams.size(0))});
  return all;
}

Rows<Half> HalfMatrices::train() {
  const torch::NoGradGuard no_gradient;
  const auto rows = weights_.rows();
  if (stands_ == Stands::old) {
    for (const auto& [weights, halves] : pairs()) halves.copy_(weights);
  }
  stands_ = Stands::ahead;
  return {cells(input_), cells(output_), input_.stride(0), rows.dim, rows.ngrams};
}

void HalfMatrices::settle() {
  if (stands_ != Stands::ahead) return;
  const torch::NoGradGuard no_gradient;
  for (const auto& [weights, halves] : pairs()) weights.copy_(halves);
  weights_.changed();
  stands_ = Stands::settled;
}

void HalfMatrices::settle_touched() {
  if (stands_ != Stands::ahead) return;
  const torch::NoGradGuard no_gradient;
  for (const auto& [weights, halves] : pairs()) {
    for (std::int64_t first = 0; first < weights.size(0); first += kRowsAtOnce) {
      const auto count = std::min(kRowsAtOnce, weights.size(0) - first);
      const auto old = weights.narrow(0, first, count), now = halves.narrow(0, first, count);  // [count, D]
      old.copy_(torch::where(old.to(torch::kHalf) == now, old, now.to(torch::kFloat32)));
    }
  }
  weights_.changed();
  stands_ = Stands::settled;
}

}  // namespace zoo::word2vec
