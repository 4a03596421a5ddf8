#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace zoo::word2vec {

struct Word2VecOptions {
  std::string architecture = "skip-gram";
  std::string objective = "negative-sampling";
  std::string mode = "shared";
  std::string trainer = "hogwild";
  std::int64_t dim = 100;
  std::int64_t window = 5;
  std::int64_t negative = 5;
  double noise_exponent = 0.75;
  double sample = 1e-3;
  bool cbow_mean = true;
  std::int64_t epochs = 5;
  double learning_rate = 0;

  void fields(Fields& f);

  bool cbow() const { return architecture == "cbow"; }
  bool hierarchical() const { return objective == "hierarchical-softmax"; }
  bool gradient() const { return trainer == "gradient"; }
  /// The rate at the start: learning_rate, or the architecture's default where that is 0.
  double start_rate() const { return learning_rate > 0 ? learning_rate : cbow() ? 0.05 : 0.025; }

  /// Throws UsageError for combinations that cannot be.
  void check() const;
};

}  // namespace zoo::word2vec
