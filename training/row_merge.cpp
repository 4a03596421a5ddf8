#include "training/row_average.h"

#include <cstring>
#include <utility>

namespace zoo {
namespace {

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

RowAverage::RowAverage(ProcessGroup& group, std::vector<Tensor> matrices)
    : group_(group), matrices_(std::move(matrices)) {
  for (const auto& matrix : matrices_) before_.push_back(matrix.detach().contiguous().clone());
}

void RowAverage::average() {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    auto now = matrices_[i].detach();
    auto& before = before_[i];
    const auto users = changed_rows(now, before);  // [rows] in how many processes
    group_.sum(users);
    const auto rows = users.nonzero().squeeze(1);         // [U]
    const auto old = before.index_select(0, rows);        // [U, width]
    const auto change = now.index_select(0, rows) - old;  // [U, width]
    if (rows.numel() > 0) group_.sum(change);
    const auto of = users.index_select(0, rows).to(torch::kFloat);  // [U]
    const auto mean = old + change / of.unsqueeze(1);               // [U, width]
    now.index_copy_(0, rows, mean);
    before.index_copy_(0, rows, mean);
  }
}

}  // namespace zoo
