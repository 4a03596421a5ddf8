#include "training/row_merge.h"

#include <cstring>
#include <utility>

namespace zoo {
namespace {

/// How far beyond the mean changes of the same direction go. At 2 and more, processes that have each gone all the way
/// would together overshoot without end; at 1, four of them were 2.6 points of analogies behind one
/// (docs/distributed.md).
constexpr double kBeyondMean = 1.5;

/// [rows] int32: 1 where a row is no longer what it was.
Tensor changed_rows(const Tensor& now, const Tensor& before) {
  auto changed = torch::zeros({now.size(0)}, torch::kInt32);
  auto* flag = changed.data_ptr<std::int32_t>();
  const auto* left = now.const_data_ptr<float>();
  const auto* right = before.const_data_ptr<float>();
  const auto bytes = static_cast<std::size_t>(now.size(1)) * sizeof(float);
  for (std::int64_t row = 0; row < now.size(0); ++row) {
    if (std::memcmp(left + row * now.stride(0), right + row * before.stride(0), bytes) != 0) flag[row] = 1;
  }
  return changed;
}

}  // namespace

RowMerge::RowMerge(ProcessGroup& group, std::vector<Tensor> matrices) : group_(group), matrices_(std::move(matrices)) {
  for (const auto& matrix : matrices_) before_.push_back(matrix.detach().contiguous().clone());
}

void RowMerge::merge() {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    auto now = matrices_[i].detach();
    auto& before = before_[i];
    const auto users = changed_rows(now, before);  // [rows] in how many processes
    group_.sum(users);
    const auto rows = users.nonzero().squeeze(1);  // [U]
    if (rows.numel() == 0) continue;
    const auto old = before.index_select(0, rows);        // [U, width]
    const auto change = now.index_select(0, rows) - old;  // [U, width]
    const auto squares = change.square().sum(1, true);    // [U, 1]
    group_.sum(change);
    group_.sum(squares);
    const auto ratio = squares / change.square().sum(1, true).clamp_min(1e-30);  // [U, 1] 1/N … ∞
    const auto next = old + (kBeyondMean * ratio).clamp_max(1) * change;         // [U, width]
    now.index_copy_(0, rows, next);
    before.index_copy_(0, rows, next);
  }
}

}  // namespace zoo
