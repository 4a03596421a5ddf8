#include "models/layers/hierarchical_softmax.h"

#include <cmath>

#include "base/error.h"
#include "batches/batch.h"
#include "models/beside.h"
#include "models/layers/product.h"

namespace zoo {

struct HierarchicalSoftmax::Turns {
  Tensor log_probability, row;  ///< [turns]
};

HierarchicalSoftmax::HierarchicalSoftmax(std::int64_t vocabulary, std::int64_t width,
                                         std::span<const std::int64_t> counts) {
  weight_ = register_parameter("weight", torch::zeros({vocabulary - 1, width}));
  bias_ = register_parameter("bias", torch::zeros({vocabulary - 1}));
  counts_ = register_buffer("counts", torch::ones({vocabulary}, torch::kInt64));
  // A word that never occurs is as rare as one that occurs once.
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts_.data_ptr<std::int64_t>()[i] = std::max<std::int64_t>(1, counts[i]);
  }
  loaded();
}

void HierarchicalSoftmax::loaded() {
  const auto own = counts_.cpu();
  const auto* counts = own.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < counts_.size(0); ++i) {
    if (counts[i] < 1) fail("weights: a count of {} for word {} makes no tree; is the file damaged?", counts[i], i);
  }
  tree_ = std::make_unique<Huffman>(std::span(counts, static_cast<std::size_t>(counts_.size(0))), 0);
}

HierarchicalSoftmax::Turns HierarchicalSoftmax::turns(const Tensor& features, const Tensor& target) const {
  const auto wanted = target.cpu().contiguous();
  std::vector<std::int64_t> rows, nodes;
  std::vector<float> signs;
  for (std::int64_t i = 0; i < wanted.size(0); ++i) {
    const auto word = wanted.const_data_ptr<std::int64_t>()[i];
    if (word == kIgnored) continue;
    if (word < 0 || word >= counts_.size(0)) {
      fail("a target of {} is outside the vocabulary of {}", word, counts_.size(0));
    }
    for (const auto& step : tree_->path(static_cast<TokenId>(word))) {
      rows.push_back(i);
      nodes.push_back(step.node);
      signs.push_back(step.bit ? -1.0f : 1.0f);
    }
  }
  const auto there = [&](const auto& numbers) { return beside(torch::tensor(numbers), features); };
  const auto row = there(rows), node = there(nodes);  // [turns]
  const auto score =
      (features.index_select(0, row) * weight_.index_select(0, node)).sum(1) + bias_.index_select(0, node);  // [turns]
  return {torch::log_sigmoid(score * there(signs)), row};
}

torch::Tensor HierarchicalSoftmax::loss(const Tensor& features, const Tensor& target) {
  return -turns(features, target).log_probability.sum();
}

torch::Tensor HierarchicalSoftmax::log_probability(const Tensor& features, const Tensor& target) {
  const torch::NoGradGuard no_gradient;
  const auto all = turns(features, target);
  return all.log_probability.new_zeros({features.size(0)}).index_add(0, all.row, all.log_probability);  // [N]
}

torch::Tensor HierarchicalSoftmax::log_softmax(const Tensor& features) {
  const torch::NoGradGuard no_gradient;
  const auto rows = features.size(0);
  // The way down is one of the CPU: each turn waits for the one before.
  const auto score = (fast_linear(weight_, features) + bias_.unsqueeze(1)).cpu();   // [V − 1, N]
  const auto left = torch::log_sigmoid(score), right = torch::log_sigmoid(-score);  // [V − 1, N]
  auto node = torch::zeros_like(score);                                             // [V − 1, N]: of coming there
  auto word = torch::zeros({counts_.size(0), rows});                                // [V, N]
  // From the root, which is the last, down: parents come after their children.
  for (auto n = tree_->inner_nodes() - 1; n >= 0; --n) {
    for (int bit = 0; bit < 2; ++bit) {
      const auto child = tree_->children(n)[static_cast<std::size_t>(bit)];
      const auto* turn = (bit == 0 ? left : right).const_data_ptr<float>() + n * rows;
      const auto* here = node.const_data_ptr<float>() + n * rows;
      auto* there = child < 0 ? word.data_ptr<float>() + (-1 - child) * rows : node.data_ptr<float>() + child * rows;
      for (std::int64_t i = 0; i < rows; ++i) there[i] = here[i] + turn[i];
    }
  }
  return beside(word.t().contiguous(), features);  // [N, V]
}

void HierarchicalSoftmax::initialise(std::span<const std::int64_t>, at::Generator&) {
  const torch::NoGradGuard no_gradient;
  weight_.zero_();
  // The odds of the two children's counts: training starts from the unigram model.
  std::vector<double> count(static_cast<std::size_t>(tree_->inner_nodes()));
  for (std::int64_t n = 0; n < tree_->inner_nodes(); ++n) {  // children come first
    double below[2];
    for (std::size_t bit = 0; bit < 2; ++bit) {
      const auto child = tree_->children(n)[bit];
      below[bit] = child < 0 ? static_cast<double>(counts_.const_data_ptr<std::int64_t>()[-1 - child])
                             : count[static_cast<std::size_t>(child)];
    }
    count[static_cast<std::size_t>(n)] = below[0] + below[1];
    bias_.data_ptr<float>()[n] = static_cast<float>(std::log(below[0] / below[1]));
  }
}

}  // namespace zoo
