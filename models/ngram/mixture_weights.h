#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/ngram/counts.h"

namespace zoo::ngram {

/// Contexts seen 0, 1, 2 … 6, 7 … 19, … times: ⌈ln(1 + c)⌉ for all that a 32-bit count can hold.
inline constexpr std::size_t kBuckets = 23;
int bucket_of(double count);

/// An n-gram of the held-out text and what each order says of its last word.
struct HeldOutGram {
  std::array<double, kMaxOrder + 1> estimates;
  std::int32_t occurrences;
  std::int32_t bucket;
};

/// The weights of a mixture of `parts` estimates for each bucket, [kBuckets · parts], by EM (DeletedInterpolation).
std::vector<double> fit_mixture_weights(const std::vector<HeldOutGram>& grams, int parts);

}  // namespace zoo::ngram
