#include "evaluation/word_features.h"

#include "base/error.h"

namespace zoo {
namespace {

constexpr std::int64_t kAtOnce = 8192;  ///< words whose numbers are float32 at the same time

}  // namespace

Tensor WordFeatures::at(const Tensor& places) const {
  const auto rows = rows_.defined() ? rows_.index_select(0, places) : places;
  return table_.index_select(0, rows).to(torch::kFloat);
}

std::pair<Tensor, Tensor> WordFeatures::moments(std::int64_t count) const {
  auto sum = torch::zeros({layers(), width()}, torch::kDouble), squares = torch::zeros_like(sum);  // [L, D]
  for (std::int64_t first = 0; first < count; first += kAtOnce) {
    const auto some = at(torch::arange(first, std::min(count, first + kAtOnce), torch::kInt64)).to(torch::kDouble);
    sum += some.sum(0);
    squares += some.square().sum(0);
  }
  const auto mean = sum / static_cast<double>(std::max<std::int64_t>(1, count));
  const auto variance = (squares / static_cast<double>(std::max<std::int64_t>(1, count)) - mean.square()).clamp_min(0);
  const auto deviation = torch::where(variance.gt(1e-12), variance.sqrt(), torch::ones_like(variance));
  return {mean.to(torch::kFloat), deviation.to(torch::kFloat)};
}

}  // namespace zoo
