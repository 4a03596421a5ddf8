#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"
#include "formats/subwords.h"

namespace zoo::word2vec {

struct Word2VecOptions {
  std::string architecture = "skip-gram";
  std::string objective = "negative-sampling";
  std::string mode = "shared";
  std::string trainer = "hogwild";
  std::string storage = "float32";
  std::int64_t dim = 100;
  std::int64_t window = 5;
  std::int64_t negative = 5;
  double noise_exponent = 0.75;
  double sample = 1e-3;
  bool cbow_mean = true;
  std::int64_t epochs = 5;
  double learning_rate = 0;
  double init_range = 0;
  std::int64_t min_n = 3;
  std::int64_t max_n = 0;
  std::int64_t buckets = 2000000;
  std::int64_t replicas = 0;
  std::int64_t merge_every = 128;
  std::int64_t average_every = 32;

  void fields(Fields& f);

  bool cbow() const { return architecture == "cbow"; }
  bool hierarchical() const { return objective == "hierarchical-softmax"; }
  bool gradient() const { return trainer == "gradient"; }
  bool halves() const { return storage == "float16"; }
  /// The words' n-grams; none where max_n is 0.
  Subwords subwords() const { return max_n > 0 ? Subwords{min_n, max_n, buckets} : Subwords{0, 0, 0}; }
  /// The rate at the start: learning_rate, or where that is 0 the architecture's default.
  double start_rate() const;
  /// Input rows start uniform in ± this / dim: init_range, or where that is 0 the architecture's default.
  double start_range() const;

  /// Throws UsageError for combinations that cannot be.
  void check() const;
};

}  // namespace zoo::word2vec
