#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace zoo {

double Schedule::rate(std::int64_t step) const {
  const auto at = static_cast<double>(step), rise = static_cast<double>(warmup);
  if (step < warmup) return peak * at / rise;
  if (name == "inverse_sqrt") return peak * std::sqrt(std::max(1.0, rise) / std::max(1.0, at));
  const auto span = std::max(1.0, static_cast<double>(total) - rise);
  const auto done = std::clamp((at - rise) / span, 0.0, 1.0);
  if (name == "linear") return peak * (1 - (1 - floor) * done);
  if (name == "cosine") return peak * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
  return peak;
}

}  // namespace zoo
