#include "models/ngram/mixture_weights.h"

#include <cmath>
#include <numeric>

namespace zoo::ngram {

namespace {

constexpr int kIterations = 30;

/// EM for one mixture: shares of each part in each gram's probability, summed. `prior` counts like `strength` words.
std::vector<double> fit(const std::vector<const HeldOutGram*>& grams, const std::vector<double>& prior,
                        double strength) {
  std::vector<double> weights = prior;
  double total = strength;
  for (const HeldOutGram* gram : grams) total += gram->occurrences;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    std::vector<double> shares(prior.size());
    for (std::size_t k = 0; k < prior.size(); ++k) shares[k] = strength * prior[k];
    for (const HeldOutGram* gram : grams) {
      const double mixed = std::inner_product(weights.begin(), weights.end(), gram->estimates.begin(), 0.0);
      const double scale = gram->occurrences / mixed;
      for (std::size_t k = 0; k < prior.size(); ++k) shares[k] += scale * weights[k] * gram->estimates[k];
    }
    for (std::size_t k = 0; k < prior.size(); ++k) weights[k] = shares[k] / total;
  }
  return weights;
}

}  // namespace

int bucket_of(double count) { return static_cast<int>(std::ceil(std::log(1 + count))); }

std::vector<double> fit_mixture_weights(const std::vector<HeldOutGram>& grams, int parts) {
  const auto width = static_cast<std::size_t>(parts);
  std::vector<const HeldOutGram*> all;
  std::vector<std::vector<const HeldOutGram*>> by_bucket(kBuckets);
  for (const HeldOutGram& gram : grams) {
    all.push_back(&gram);
    by_bucket[static_cast<std::size_t>(gram.bucket)].push_back(&gram);
  }
  const std::vector<double> everywhere = fit(all, std::vector<double>(width, 1.0 / parts), 1);
  std::vector<double> weights;
  for (const auto& bucket : by_bucket) {
    const std::vector<double> own = fit(bucket, everywhere, 5);
    weights.insert(weights.end(), own.begin(), own.end());
  }
  return weights;
}

}  // namespace zoo::ngram
