#include "models/layers/output_layer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/layers/adaptive_softmax.h"
#include "models/layers/full_softmax.h"
#include "models/layers/hierarchical_softmax.h"
#include "models/layers/sampled_softmax.h"

namespace zoo {

void OutputOptions::fields(Fields& field) {
  field("output_layer", output_layer,
        "how words are predicted: over all of them, by a tree, against samples, or by clusters")
      .choices({"full", "hierarchical", "nce", "sampled", "adaptive"});
  field("samples", samples, "nce, sampled: words drawn for each batch").range(1, 1 << 20);
  field("sampler", sampler, "nce, sampled: drawn by frequency in the training text, or by rank")
      .choices({"unigram", "log_uniform"});
  field("cutoffs", cutoffs, "adaptive: ranks by frequency at which a cluster of rarer words begins").range(1, 1 << 30);
  field("shrink", shrink, "adaptive: how many times narrower each cluster is than the one before").range(1, 64);
}

void OutputOptions::check(std::int64_t vocabulary) const {
  if (output_layer != "adaptive") return;
  const auto rises = std::adjacent_find(cutoffs.begin(), cutoffs.end(), std::greater_equal<>()) == cutoffs.end();
  if (cutoffs.empty() || !rises || cutoffs.back() >= vocabulary) {
    fail_usage("model.cutoffs: {} must rise and stay below the vocabulary of {} words", fmt::join(cutoffs, ","),
               vocabulary);
  }
}

double OutputOptions::parameters(std::int64_t vocabulary, std::int64_t width) const {
  const auto words = static_cast<double>(vocabulary), d = static_cast<double>(width);
  if (output_layer == "hierarchical") return (words - 1) * (d + 1);
  if (output_layer == "adaptive") return adaptive_parameters(*this, vocabulary, width);
  return words * (d + 1);
}

std::shared_ptr<OutputLayer> make_output_layer(const OutputOptions& options, std::int64_t vocabulary,
                                               std::int64_t width, std::span<const std::int64_t> counts,
                                               const torch::Tensor& tied) {
  options.check(vocabulary);
  if (tied.defined() && (options.output_layer == "hierarchical" || options.output_layer == "adaptive")) {
    fail_usage(
        "model.output_layer: {} has no vector for each word that could be tied; untie, or take full, nce, sampled",
        options.output_layer);
  }
  if (options.output_layer == "hierarchical") return std::make_shared<HierarchicalSoftmax>(vocabulary, width, counts);
  if (options.output_layer == "adaptive") return std::make_shared<AdaptiveSoftmax>(options, vocabulary, width, counts);
  if (options.output_layer == "nce" || options.output_layer == "sampled") {
    return std::make_shared<SampledSoftmax>(options, vocabulary, width, counts, tied);
  }
  return std::make_shared<FullSoftmax>(vocabulary, width, tied);
}

torch::Tensor log_frequencies(std::span<const std::int64_t> counts, std::int64_t vocabulary) {
  auto weights = torch::full({vocabulary}, 0.5, torch::kDouble);  // [V]
  for (std::size_t i = 0; i < counts.size(); ++i) weights[static_cast<std::int64_t>(i)] += counts[i];
  return (weights / weights.sum()).log().to(torch::kFloat);
}

}  // namespace zoo
