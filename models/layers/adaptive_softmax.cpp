#include "models/layers/adaptive_softmax.h"

#include <cmath>

#include "base/error.h"
#include "batches/batch.h"
#include "models/layers/linear_cross_entropy.h"
#include "models/layers/product.h"

namespace zoo {
namespace {

/// Numbers that cluster i (from 0) sees of D features.
std::int64_t cluster_width(const OutputOptions& options, std::int64_t width, std::size_t i) {
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(static_cast<double>(width) / std::pow(options.shrink, static_cast<double>(i + 1))));
}

std::vector<std::int64_t> ends(const OutputOptions& options, std::int64_t vocabulary) {
  auto result = options.cutoffs;
  result.push_back(vocabulary);
  return result;
}

}  // namespace

double adaptive_parameters(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width) {
  const auto end = ends(options, vocabulary);
  const auto clusters = end.size() - 1;
  auto sum = static_cast<double>(end[0] + static_cast<std::int64_t>(clusters)) * static_cast<double>(width + 1);
  for (std::size_t i = 0; i < clusters; ++i) {
    sum += static_cast<double>(cluster_width(options, width, i)) * static_cast<double>(width + end[i + 1] - end[i]);
  }
  return sum;
}

AdaptiveSoftmax::AdaptiveSoftmax(const OutputOptions& options, std::int64_t vocabulary, std::int64_t width,
                                 std::span<const std::int64_t> counts)
    : first_cutoff_(options.cutoffs.front()) {
  const auto end = ends(options, vocabulary);
  const auto clusters = end.size() - 1;
  auto head = std::make_shared<torch::nn::Module>();
  head_weight_ =
      head->register_parameter("weight", torch::zeros({first_cutoff_ + static_cast<std::int64_t>(clusters), width}));
  head_bias_ = head->register_parameter("bias", torch::zeros({head_weight_.size(0)}));
  register_module("head", head);
  auto tail = register_module("tail", std::make_shared<torch::nn::ModuleListImpl>());
  for (std::size_t i = 0; i < clusters; ++i) {
    const auto narrow = cluster_width(options, width, i), size = end[i + 1] - end[i];
    auto down = std::make_shared<torch::nn::Module>(), words = std::make_shared<torch::nn::Module>();
    Cluster cluster{end[i], size, down->register_parameter("weight", torch::zeros({narrow, width})),
                    words->register_parameter("weight", torch::zeros({size, narrow})), torch::zeros({size})};
    auto both = std::make_shared<torch::nn::ModuleListImpl>();
    both->push_back(down);
    both->push_back(words);
    tail->push_back(both);
    clusters_.push_back(std::move(cluster));
  }
  order_ = register_buffer("order", torch::arange(vocabulary, torch::kInt64));
  if (!counts.empty()) {
    const auto by_count = torch::tensor(at::IntArrayRef(counts.data(), counts.size()), torch::kInt64);
    order_.copy_(std::get<1>(by_count.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true)));
  }
  loaded();
}

void AdaptiveSoftmax::loaded() {
  const auto size = order_.size(0);
  if (!torch::equal(std::get<0>(order_.sort()), torch::arange(size, order_.options()))) {
    fail("weights: the order of words does not name each word once; is the file damaged?");
  }
  rank_ = torch::empty_like(order_).index_put_({order_}, torch::arange(size, order_.options()));
}

void AdaptiveSoftmax::to(torch::Device device, bool non_blocking) {
  Module::to(device, non_blocking);
  rank_ = rank_.to(device);
  for (auto& cluster : clusters_) cluster.no_bias = cluster.no_bias.to(device);
}

AdaptiveSoftmax::Places AdaptiveSoftmax::places(const Tensor& target) const {
  const auto ignored = target.eq(kIgnored);
  const auto out = target.lt(0).logical_or(target.ge(order_.size(0))).logical_and(ignored.logical_not());
  if (out.any().item<bool>()) {
    fail("a target of {} is outside the vocabulary of {}", target.masked_select(out)[0].item<std::int64_t>(),
         order_.size(0));
  }
  const auto rank = rank_.index_select(0, target.clamp_min(0));  // [N]
  Places result{rank.masked_fill(ignored, kIgnored), {}};
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto& cluster = clusters_[i];
    const auto here = result.head.ge(cluster.first).logical_and(rank.lt(cluster.first + cluster.size));
    const auto rows = here.logical_and(ignored.logical_not()).nonzero().squeeze(1);  // [n]
    result.tail.emplace_back(rows, rank.index_select(0, rows) - cluster.first);
  }
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    result.head.index_fill_(0, result.tail[i].first, first_cutoff_ + static_cast<std::int64_t>(i));
  }
  return result;
}

torch::Tensor AdaptiveSoftmax::loss(const Tensor& features, const Tensor& target) {
  const auto where = places(target);
  auto sum = linear_cross_entropy(features, head_weight_, head_bias_, where.head);
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto& [rows, words] = where.tail[i];
    const auto narrow = at::linear(features.index_select(0, rows), clusters_[i].down);  // [n, D/shrink^i]
    sum = sum + linear_cross_entropy(narrow, clusters_[i].weight, clusters_[i].no_bias, words);
  }
  return sum;
}

torch::Tensor AdaptiveSoftmax::log_probability(const Tensor& features, const Tensor& target) {
  const torch::NoGradGuard no_gradient;
  const auto where = places(target);
  auto result = linear_log_probability(features, head_weight_, head_bias_, where.head);  // [N]
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto& [rows, words] = where.tail[i];
    const auto narrow = fast_linear(features.index_select(0, rows), clusters_[i].down);
    result.index_add_(0, rows, linear_log_probability(narrow, clusters_[i].weight, clusters_[i].no_bias, words));
  }
  return result;
}

torch::Tensor AdaptiveSoftmax::log_softmax(const Tensor& features) {
  const torch::NoGradGuard no_gradient;
  const auto head = linear_log_softmax(features, head_weight_, head_bias_);  // [N, c_1 + clusters]
  std::vector<Tensor> by_rank = {head.narrow(1, 0, first_cutoff_)};
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto narrow = fast_linear(features, clusters_[i].down);
    by_rank.push_back(linear_log_softmax(narrow, clusters_[i].weight, clusters_[i].no_bias) +
                      head.narrow(1, first_cutoff_ + static_cast<std::int64_t>(i), 1));
  }
  return torch::cat(by_rank, 1).index_select(1, rank_);  // [N, V]
}

void AdaptiveSoftmax::initialise(std::span<const std::int64_t> counts, at::Generator& random) {
  const torch::NoGradGuard no_gradient;
  head_weight_.zero_();
  // The head starts from its words' and clusters' frequencies; inside a cluster words start alike.
  const auto by_rank = log_frequencies(counts, order_.size(0)).exp().index_select(0, order_);  // [V]
  head_bias_.narrow(0, 0, first_cutoff_).copy_(by_rank.narrow(0, 0, first_cutoff_).log());
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto& cluster = clusters_[i];
    head_bias_[first_cutoff_ + static_cast<std::int64_t>(i)] =
        by_rank.narrow(0, cluster.first, cluster.size).sum(at::kDouble).log().to(at::kFloat);
    const auto bound = 1 / std::sqrt(static_cast<double>(cluster.down.size(1)));
    auto down = cluster.down, weight = cluster.weight;
    down.uniform_(-bound, bound, random);
    weight.zero_();
  }
}

}  // namespace zoo
