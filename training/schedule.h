#pragma once

#include <cstdint>
#include <string>

namespace zoo {

/// How the learning rate goes with the steps.
struct Schedule {
  std::string name = "constant";  ///< constant, linear, cosine, inverse_sqrt
  double peak = 0.001;
  std::int64_t warmup = 0;  ///< steps of linear rise from 0 to the peak; the peak is reached at step `warmup`
  std::int64_t total = 1;   ///< steps of the whole training
  double floor = 0;         ///< linear and cosine: the share of the peak where they end

  /// The rate of step `step`, which counts from 1.
  ///   linear        from the peak down to floor · peak at step `total`, in a straight line
  ///   cosine        the same along half a cosine (Loshchilov & Hutter 2017)
  ///   inverse_sqrt  peak · √(warmup / step) after the warm-up (Vaswani et al. 2017, with a free peak)
  double rate(std::int64_t step) const;
};

}  // namespace zoo
