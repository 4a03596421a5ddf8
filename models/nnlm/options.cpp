#include "models/nnlm/options.h"

#include <numeric>

#include "base/error.h"

namespace zoo::nnlm {

void NnlmOptions::fields(Fields& field) {
  field("order", order, "n: a word is predicted from the n − 1 before it").range(2, 64);
  field("embedding", embedding, "m: numbers in a word's vector").range(1, 1 << 14);
  field("hidden", hidden, "h: hidden units; 0 leaves the hidden layer out").range(0, 1 << 16);
  field("direct", direct, "direct connections W from the word vectors to the output");
  field("dropout", dropout,
        "share of the inputs of the output layer, and of layers above the first, zeroed in training")
      .range(0, 0.95);
  field("layers", layers, "hidden layers of h units on top of each other").range(1, 64);
  field("activation", activation, "what a hidden unit does with its sum").choices({"tanh", "relu", "gelu"});
  field("residual", residual, "layers above the first add to what they read");
  field("layer_norm", layer_norm, "normalise what layers above the first and the output layer read");
  field("averages", averages, "windows before the n − 1 words, of so many words, each seen as the mean of its vectors")
      .range(1, 4096);
  field("embedding_dropout", embedding_dropout, "share of the first layer's inputs zeroed in training").range(0, 0.95);
  field("tied", tied, "the word vectors are the output layer's weights too");
  output.fields(field);
}

void NnlmOptions::check() const {
  if (hidden == 0 && !direct) {
    fail_usage("model.hidden: 0 without model.direct leaves nothing between words and prediction; set direct to true");
  }
  if (hidden == 0 && (layers > 1 || tied)) {
    fail_usage("model.hidden: 0 leaves no layers to stack or to tie; set hidden, or layers to 1 and tied to false");
  }
  if (tied && direct) {
    fail_usage("model.tied: with model.direct the output layer reads more than a word vector; set direct to false");
  }
}

std::int64_t NnlmOptions::context() const { return std::accumulate(averages.begin(), averages.end(), near()); }

std::int64_t NnlmOptions::inputs() const { return (near() + static_cast<std::int64_t>(averages.size())) * embedding; }

std::int64_t NnlmOptions::features() const { return tied ? embedding : hidden + (direct ? inputs() : 0); }

double NnlmOptions::parameters(std::int64_t vocabulary) const {
  const auto words = static_cast<double>(vocabulary), m = static_cast<double>(embedding);
  const auto h = static_cast<double>(hidden), above = static_cast<double>(layers - 1);
  auto sum = words * m + output.parameters(vocabulary, features());
  if (hidden > 0) sum += h * (1 + static_cast<double>(inputs())) + above * h * (1 + h);
  if (hidden > 0 && layer_norm) sum += 2 * h * (above + 1);
  if (tied) sum += (hidden == embedding ? 0 : h * m) - words * m;
  return sum;
}

}  // namespace zoo::nnlm
