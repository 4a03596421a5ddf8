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
  field("key_heads", key_heads,
        "heads of keys and values, each of which serves heads / key_heads queries; 0: as many as heads")
      .range(0, 1 << 10);
  field("feed_forward", feed_forward, "d_ff: inner numbers of the feed-forward network; 0: 4 · width")
      .range(0, 1 << 16);
  field("context", context, "the most words that are read at once").range(2, 1 << 20);
  field("stride", stride, "decoder: words by which its window moves on in a longer text; 0: half the context")
      .range(0, 1 << 20);
  field("norm", norm, "layer normalisation before each sub-layer, or after it as in the paper")
      .choices({"pre", "post"});
  field("norm_kind", norm_kind, "layer: to mean 0 and variance 1; rms: to mean square 1, without a bias")
      .choices({"layer", "rms"});
  field("norm_epsilon", norm_epsilon, "what a normalisation adds to the variance").range(0, 1);
  field("positions", positions,
        "where a word stands: the paper's sines, the same with all sines before all cosines, a vector learned for each "
        "place, or queries and keys turned by their places")
      .choices({"sinusoidal", "sinusoidal-halves", "learned", "rotary"});
  field("rotary_base", rotary.base, "rotary: what the wavelengths grow towards").range(1, 1e12);
  field("rotary_factor", rotary.factor, "rotary: by how much places are stretched for longer texts").range(1e-3, 1e6);
  field("rotary_original", rotary.original,
        "rotary: the context before stretching, so that quick turns stay as they are; 0: all are stretched alike")
      .range(0, 1 << 20);
  field("rotary_low", rotary.low, "rotary: with less turns in that context, all of the factor").range(0, 1e6);
  field("rotary_high", rotary.high, "rotary: with more turns in that context, nothing of it").range(0, 1e6);
  field("activation", activation,
        "inside the feed-forward network; gelu-tanh: an approximation of gelu; swiglu: silu(W x) ⊙ V x")
      .choices({"relu", "gelu", "gelu-tanh", "silu", "swiglu"});
  field("biases", biases, "of the blocks' products: all, those of attention, those of queries, keys and values, none")
      .choices({"all", "attention", "query_key_value", "none"});
  field("tie", tie,
        "which tables of words are one: none; output: a word's vector and its row in the output layer; all: those of "
        "the source language too (it takes one tokenizer for both)")
      .choices({"none", "output", "all"});
  field("scale_embeddings", scale_embeddings, "multiply word vectors by √width, as the paper does");
  field("embedding_norm", embedding_norm, "normalise words with their positions before the first block");
  field("segments", segments, "vectors for parts of a text, the first of which is added to every word; 0: none")
      .range(0, 1 << 10);
  field("output_layer", output_layer,
        "encoder: plain; transform: a product, the activation and a normalisation before it; none: gives vectors only")
      .choices({"plain", "transform", "none"});
  field("output_bias", output_bias, "a bias for each word in the output layer");
  field("marks", marks,
        "end: a line is closed by a token, which also stands before a text; begin: a text is opened by one of its own")
      .choices({"end", "begin"});
  field("absent_tokens", absent_tokens, "ids that imported weights know nothing of; they are never predicted");
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
  if (key_heads > 0 && heads % key_heads != 0) {
    fail_usage("model.key_heads: {} does not divide model.heads {}; try 1", key_heads, heads);
  }
  if (rotary_positions() && head_width() % 2 != 0) {
    fail_usage("model.positions: rotary takes heads of an even width; width {} / heads {} = {}", width, heads,
               head_width());
  }
  if (rotary_positions() && translates()) {
    fail_usage("model.positions: rotary is for the architectures decoder and encoder");
  }
  if (rotary.original > 0 && rotary.high <= rotary.low) {
    fail_usage("model.rotary_high: {} must be more than model.rotary_low {}", rotary.high, rotary.low);
  }
  if (output_layer != "plain" && architecture != "encoder") {
    fail_usage("model.output_layer: '{}' is for the architecture encoder", output_layer);
  }
  if (output_layer == "transform" && gated()) {
    fail_usage("model.output_layer: transform has no gate; with it choose another activation than swiglu");
  }
  if (marks == "begin" && translates()) {
    fail_usage("model.marks: begin is for the architectures decoder and encoder");
  }
  if (begins() && architecture == "encoder" && context < 3) {
    fail_usage("model.context: {} leaves no room for words between the marks of a text; try 16", context);
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
  const auto keys = d * static_cast<double>(keys_and_values()) / static_cast<double>(heads);  // G·d
  const auto sizes = attention_sizes();
  const auto attention = 2 * d * d + 2 * d * keys + (sizes.input_bias ? d + 2 * keys : 0) + (sizes.output_bias ? d : 0);
  const auto gates = gated() ? 2.0 : 1.0;
  const auto feed = (gates + 1) * d * f + (feed_forward_bias() ? gates * f + d : 0);
  const auto norms = norm_kind == "rms" ? d : 2 * d;
  double sum = words * d;
  if (predicts()) {
    if (output_bias) sum += words;
    if (tie == "none") sum += words * d;
  }
  if (output_layer == "transform") sum += d * d + d + norms;
  if (translates() && tie != "all") sum += source_words * d;
  const auto stack = [&](std::int64_t blocks, double attentions) {
    return static_cast<double>(blocks) * (attentions * (attention + norms) + feed + norms) + (pre_norm() ? norms : 0) +
           (embedding_norm ? norms : 0) + static_cast<double>(segments) * d +
           (learned_positions() ? static_cast<double>(context) * d : 0);
  };
  if (has_encoder()) sum += stack(encoder_layers(), 1);
  if (has_decoder()) sum += stack(layers, translates() ? 2 : 1);
  return sum;
}

}  // namespace zoo::transformer
