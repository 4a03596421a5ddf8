#include "models/elmo/character_cnn.h"

#include <algorithm>
#include <cmath>

#include "models/beside.h"
#include "models/layers/max_convolution.h"
#include "models/layers/product.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {
namespace {

void normal(Tensor& weight, double inputs, at::Generator& random) { weight.normal_(0, 1 / std::sqrt(inputs), random); }

/// The columns of `ids` [U, K] that can change the result: up to the last character that is not padding, and so many
/// more that a filter that saw padding alone still does.
Tensor without_idle_padding(const Tensor& ids, std::int64_t widest) {
  if (ids.size(0) == 0) return ids;
  const auto written = ids.ne(kPaddingCharacter).any(0);           // [K]
  const auto last = written.nonzero().max().item<std::int64_t>();  // every word has its marks
  return ids.narrow(1, 0, std::min(ids.size(1), last + 1 + widest));
}

}  // namespace

HighwayImpl::HighwayImpl(std::int64_t width) {
  transform = register_module("transform", torch::nn::Linear(width, width));
  gate = register_module("gate", torch::nn::Linear(width, width));
}

Tensor HighwayImpl::forward(const Tensor& x) {
  // Products may come back rounded (autocast); what is carried past them is not.
  const auto g = torch::sigmoid(apply_linear(gate, x)).to(x.scalar_type());          // [U, N]
  const auto changed = torch::relu(apply_linear(transform, x)).to(x.scalar_type());  // [U, N]
  return torch::lerp(x, changed, g);                                                 // (1 − g) · x + g · relu(…)
}

void HighwayImpl::initialise(at::Generator& random) {
  for (auto* linear : {&transform, &gate}) {
    normal((*linear)->weight, static_cast<double>((*linear)->weight.size(1)), random);
  }
  transform->bias.zero_();
  gate->bias.fill_(-2);
}

CharacterCnnImpl::CharacterCnnImpl(const ElmoOptions& given) : options(given) {
  const auto d = options.character_dim;
  characters = register_module(
      "embedding", torch::nn::Embedding(torch::nn::EmbeddingOptions(kCharacters, d).padding_idx(kNoCharacter)));
  const auto group = std::make_shared<torch::nn::Module>();
  register_module("filters", group);
  for (std::size_t i = 0; i < options.filter_widths.size(); ++i) {
    const auto filter = std::make_shared<torch::nn::Module>();
    group->register_module(std::to_string(i), filter);
    const auto count = options.filter_counts[i];
    filter_weights.push_back(filter->register_parameter("weight", torch::zeros({count, d, options.filter_widths[i]})));
    filter_biases.push_back(filter->register_parameter("bias", torch::zeros({count})));
  }
  const auto stack = std::make_shared<torch::nn::Module>();
  if (options.highways > 0) register_module("highways", stack);
  for (std::int64_t k = 0; k < options.highways; ++k) {
    highways.push_back(stack->register_module(std::to_string(k), Highway(options.filters())));
  }
  projection = register_module("projection", torch::nn::Linear(options.filters(), options.projection));
}

Tensor CharacterCnnImpl::forward(const Tensor& ids) {
  const auto widest = *std::max_element(options.filter_widths.begin(), options.filter_widths.end());
  const auto read = beside(without_idle_padding(ids, widest), characters->weight);  // [U, K]
  const auto x = characters(read.to(torch::kInt64));                                // [U, K, d]
  std::vector<Tensor> groups;
  for (std::size_t i = 0; i < filter_weights.size(); ++i) {
    groups.push_back(max_convolution(x, filter_weights[i].transpose(1, 2), filter_biases[i]));  // [U, n_i]
  }
  auto y = torch::cat(groups, 1);  // [U, N]
  y = options.activation == "relu" ? torch::relu(y) : torch::tanh(y);
  for (auto& highway : highways) y = highway(y);
  return apply_linear(projection, y);  // [U, P]
}

void CharacterCnnImpl::initialise(at::Generator& random) {
  const torch::NoGradGuard no_gradient;
  characters->weight.uniform_(-1, 1, random);
  characters->weight[kNoCharacter].zero_();
  for (std::size_t i = 0; i < filter_weights.size(); ++i) {
    const auto inputs = static_cast<double>(filter_weights[i].size(1) * filter_weights[i].size(2));
    normal(filter_weights[i], options.activation == "relu" ? inputs / 2 : inputs, random);
    filter_biases[i].zero_();
  }
  for (auto& highway : highways) highway->initialise(random);
  normal(projection->weight, static_cast<double>(options.filters()), random);
  projection->bias.zero_();
}

}  // namespace zoo::elmo
