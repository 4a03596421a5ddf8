#include "models/transformer/options.h"

#include "base/error.h"

namespace zoo::transformer {

void TransformerOptions::fields(Fields& field) {
  field("architecture", architecture,
        "decoder: next word from those before it; encoder: hidden words from both sides; encoder-decoder: translation")
      .choices({"decoder", "encoder", "encoder-decoder"});
  field("layers", layers, "N: blocks on top of each other; of the decoder where there are both").range(1, 256);
  field("source_layers", source_layers, "blocks of a translation's encoder; 0: as many as layers").range(0, 256);
  field("width", width, "D: numbers in a word's vector").range(1, 1 << 14);
  field("heads", heads, "h: attentions side by side, each on width / heads numbers").range(1, 1 << 10);
  field("feed_forward", feed_forward, "d_ff: inner numbers of the feed-forward network; 0: 4 · width")
      .range(0, 1 << 16);
  field("context", context, "the most words that are read at once").range(2, 1 << 16);
  field("stride", stride, "decoder: words by which its window moves on in a longer text; 0: half the context")
      .range(0, 1 << 16);
  field("norm", norm, "layer normalisation before each sub-layer, or after it as in the paper")
      .choices({"pre", "post"});
  field("positions", positions, "where a word stands: the paper's sines, or a vector learned for each place")
      .choices({"sinusoidal", "learned"});
  field("activation", activation, "inside the feed-forward network").choices({"relu", "gelu"});
  field("tie", tie,
        "which tables of words are one: none; output: a word's vector and its row in the output layer; all: those of "
        "the source language too (it takes one tokenizer for both)")
      .choices({"none", "output", "all"});
  field("scale_embeddings", scale_embeddings, "multiply word vectors by √width, as the paper does");
  field("dropout", dropout, "share of each sub-layer's output, and of words with positions, zeroed in training")
      .range(0, 0.95);
  field("label_smoothing", label_smoothing, "share of the probability that training gives to all words alike")
      .range(0, 0.95);
  field("mask_rate", mask_rate, "encoder: share of the words that are hidden").range(0.01, 1);
}

void TransformerOptions::check() const {
  if (width % heads != 0) {
    auto near = heads;
    while (width % near != 0) --near;
    fail_usage("model.heads: {} does not divide model.width {}; try {}", heads, width, near);
  }
  if (stride > context) {
    fail_usage("model.stride: {} is more than model.context {}; words between two windows would not be read", stride,
               context);
  }
  if (tie == "all" && !translates()) {
    fail_usage("model.tie: 'all' is for the architecture encoder-decoder; here 'output' ties all there is");
  }
}

double TransformerOptions::parameters(std::int64_t vocabulary, std::int64_t source_vocabulary) const {
  const auto d = static_cast<double>(width), f = static_cast<double>(inner());
  const auto words = static_cast<double>(vocabulary), source_words = static_cast<double>(source_vocabulary);
  const auto attention = 4 * d * d + 4 * d, feed = 2 * d * f + d + f, norms = 2 * d;
  double sum = words * d + words;  // words, output.bias
  if (tie == "none") sum += words * d;
  if (translates() && tie != "all") sum += source_words * d;
  const auto stack = [&](std::int64_t blocks, double attentions) {
    return static_cast<double>(blocks) * (attentions * (attention + norms) + feed + norms) + (pre_norm() ? norms : 0) +
           (learned_positions() ? static_cast<double>(context) * d : 0);
  };
  if (has_encoder()) sum += stack(encoder_layers(), 1);
  if (has_decoder()) sum += stack(layers, translates() ? 2 : 1);
  return sum;
}

}  // namespace zoo::transformer
