#pragma once

#include <memory>

#include "models/model_table.h"
#include "models/runtime.h"

namespace zoo {

/// A small translation model with random weights, out of the table.
inline std::unique_ptr<Model> random_translator() {
  use_threads(1);
  for (const auto* kind : model_table()) {
    for (const auto& variant : kind->translators()) {
      Json options = variant.options;
      options.update(kind->tiny_options());
      auto model = kind->create(options, {.size = 30, .source_size = 25});
      torch::manual_seed(4);
      const torch::NoGradGuard no_gradient;
      for (auto& [name, tensor] : model->parts()) tensor.normal_(0, 0.5);
      model->differentiable()->module().eval();
      return model;
    }
  }
  return nullptr;
}

struct Sources {
  Tensor ids, lengths;
};

/// Sentences of random words, of those lengths, kEnd included.
inline Sources random_sources(const std::vector<std::int64_t>& lengths = {7, 4, 2, 6, 3, 1}) {
  const auto rows = std::ssize(lengths);
  auto sources =
      Sources{torch::full({rows, *std::max_element(lengths.begin(), lengths.end())}, std::int64_t{kPad}, torch::kInt64),
              torch::tensor(lengths, torch::kInt64)};
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto length = lengths[static_cast<std::size_t>(row)];
    sources.ids[row].narrow(0, 0, length - 1).copy_(torch::randint(kSpecialTokens, 25, {length - 1}, torch::kInt64));
    sources.ids[row][length - 1] = kEnd;
  }
  return sources;
}

}  // namespace zoo
