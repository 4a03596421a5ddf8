#include "models/word2vec/cloze.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/layers/huffman.h"
#include "models/word2vec/noise.h"
#include "models/word2vec/subsampling.h"

namespace zoo::word2vec {
namespace {

/// log P(w) of the text, log Pn(w) of the noise, log keep(w): each [V], −∞ for what was never trained.
struct Priors {
  Tensor text, noise, keep;
};

Tensor log_of(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat64).log().to(torch::kFloat32);
}

Priors priors_of(const Weights& weights, const Word2VecOptions& options) {
  std::vector<std::int64_t> counts(weights.count_of().begin(), weights.count_of().end());
  if (std::all_of(counts.begin(), counts.end(), [](auto count) { return count == 0; })) {
    std::fill(counts.begin(), counts.end(), 1);  // not known: all alike
  }
  return {log_of(Noise(counts, 1).probabilities()), log_of(Noise(counts, options.noise_exponent).probabilities()),
          log_of(Subsampling(counts, options.sample).probabilities())};
}

double log_sigmoid(double x) { return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x))); }

/// scores [N, V] of inner nodes → [N, V] log-probabilities of words, from the root down; −∞ for what is no leaf.
Tensor leaves_of(const Huffman& tree, const Tensor& scores) {
  auto result = torch::full_like(scores, -std::numeric_limits<float>::infinity());  // [N, V]
  std::vector<double> reached(static_cast<std::size_t>(tree.inner_nodes()));
  for (std::int64_t n = 0; n < scores.size(0); ++n) {
    const float* score = scores[n].data_ptr<float>();
    float* leaf = result[n].data_ptr<float>();
    if (!reached.empty()) reached.back() = 0;
    for (auto node = tree.inner_nodes() - 1; node >= 0; --node) {
      for (int bit = 0; bit < 2; ++bit) {
        const auto child = tree.children(node)[static_cast<std::size_t>(bit)];
        const double log_probability =
            reached[static_cast<std::size_t>(node)] + log_sigmoid(bit == 0 ? score[node] : -score[node]);
        if (child >= 0) {
          reached[static_cast<std::size_t>(child)] = log_probability;
        } else {
          leaf[-1 - child] = static_cast<float>(log_probability);
        }
      }
    }
  }
  return result;
}

/// log P'(word at the end of `path` | h) for each h of `vectors` [V, D]: [V]. `nodes` [V, D] by inner node.
Tensor end_of(std::span<const Huffman::Step> path, const Tensor& vectors, const Tensor& nodes) {
  std::vector<std::int64_t> taken;
  std::vector<float> sign;
  for (const auto& step : path) {
    taken.push_back(step.node);
    sign.push_back(step.bit ? -1.0F : 1.0F);
  }
  const auto turns = nodes.index_select(0, torch::tensor(taken)) * torch::tensor(sign).unsqueeze(1);  // [L, D]
  return torch::log_sigmoid(torch::matmul(vectors, turns.t())).sum(1);                                // [V]
}

}  // namespace

/// Σ_c log P'(c|w) for each word w, up to a constant.
Tensor MissingWord::from_word(const Tensor& context, const Tensor& present) const {
  const auto vectors = weights_.vectors();  // [V, D]
  if (!options_.hierarchical()) {
    const auto outputs = (torch::embedding(weights_.output, context) * present).sum(1);  // [B, D]
    return torch::matmul(outputs, vectors.t());                                          // [B, V]
  }
  const Huffman tree(weights_.count_of());
  auto evidence = torch::zeros({context.size(0), vectors.size(0)});  // [B, V]
  for (std::int64_t b = 0; b < context.size(0); ++b) {
    for (std::int64_t c = 0; c < context.size(1); ++c) {
      const auto path = tree.path(static_cast<TokenId>(context[b][c].item<std::int64_t>()));
      if (!path.empty()) evidence[b] += end_of(path, vectors, weights_.output);
    }
  }
  return evidence;
}

Tensor MissingWord::cloze(const Tensor& left, const Tensor& right) const {
  const torch::NoGradGuard no_gradient;
  const auto priors = priors_of(weights_, options_);
  const auto near = std::min(options_.window, left.size(1));
  const auto context = torch::cat({left.narrow(1, left.size(1) - near, near), right.narrow(1, 0, near)}, 1);  // [B, C]
  const auto present = (context >= kSpecialTokens).to(torch::kFloat32).unsqueeze(2);  // [B, C, 1]
  const auto vectors = torch::embedding(weights_.vectors(), context) * present;       // [B, C, D]
  const auto count = present.sum(1);                                                  // [B, 1]
  const auto seen = priors.text + priors.keep;  // [V] log P', up to a constant that is the same for all words

  Tensor evidence;  // [B, V]
  if (options_.cbow()) {
    auto h = vectors.sum(1);  // [B, D]
    if (options_.cbow_mean) h = h / count.clamp_min(1);
    auto likelihood = torch::matmul(h, weights_.output.t());  // [B, V]
    likelihood = options_.hierarchical() ? leaves_of(Huffman(weights_.count_of()), likelihood.contiguous())
                                         : likelihood + priors.noise;
    evidence = torch::where(count > 0, likelihood - seen, 0.0);
  } else if (options_.subwords().any()) {
    evidence = from_word(context, present);
  } else if (options_.hierarchical()) {
    const Huffman tree(weights_.count_of());
    evidence = torch::zeros({context.size(0), weights_.vocabulary()});
    for (std::int64_t c = 0; c < context.size(1); ++c) {
      const auto scores = torch::matmul(vectors.select(1, c), weights_.output.t());  // [B, V]
      evidence += torch::where(present.select(1, c) > 0, leaves_of(tree, scores.contiguous()) - seen, 0.0);
    }
  } else {
    evidence = torch::matmul(vectors.sum(1), weights_.output.t()) + count * (priors.noise - seen);  // [B, V]
  }
  const auto trained = torch::isfinite(priors.text);                                              // [V]
  return torch::where(trained, priors.text + evidence, -std::numeric_limits<float>::infinity());  // [B, V]
}

}  // namespace zoo::word2vec
