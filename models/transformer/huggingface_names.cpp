// Their tensors' names, and where each lies in ours.
#include <fmt/format.h>

#include <algorithm>

#include "models/transformer/huggingface_parts.h"

namespace zoo::transformer {
namespace {

using Shares = std::vector<Share>;

/// weight and bias of a product or a normalisation.
void add_both(Shares& shares, const Share& both, bool bias = true) {
  auto weight = both;
  weight.theirs += ".weight";
  weight.ours += ".weight";
  shares.push_back(weight);
  if (!bias) return;
  auto share = both;
  share.theirs += ".bias";
  share.ours += ".bias";
  share.transposed = false;
  shares.push_back(share);
}

Shares gpt2(const TransformerOptions& options) {
  Shares shares;
  shares.push_back({.theirs = "transformer.wte.weight", .ours = "words.weight", .words = true});
  if (options.tie == "output") shares.back().aliases = {"lm_head.weight"};
  shares.push_back({.theirs = "transformer.wpe.weight", .ours = "decoder.positions.weight"});
  for (std::int64_t i = 0; i < options.layers; ++i) {
    const auto theirs = fmt::format("transformer.h.{}.", i), ours = fmt::format("decoder.blocks.{}.", i);
    add_both(shares, {.theirs = theirs + "ln_1", .ours = ours + "attention_norm"});
    add_both(shares,
             {.theirs = theirs + "attn.c_attn", .ours = ours + "attention.query_key_value", .transposed = true});
    add_both(shares, {.theirs = theirs + "attn.c_proj", .ours = ours + "attention.output", .transposed = true});
    add_both(shares, {.theirs = theirs + "ln_2", .ours = ours + "feed_forward_norm"});
    add_both(shares, {.theirs = theirs + "mlp.c_fc", .ours = ours + "feed_forward.inner", .transposed = true});
    add_both(shares, {.theirs = theirs + "mlp.c_proj", .ours = ours + "feed_forward.outer", .transposed = true});
  }
  add_both(shares, {.theirs = "transformer.ln_f", .ours = "decoder.norm"});
  if (options.tie == "none") shares.push_back({.theirs = "lm_head.weight", .ours = "output.weight", .words = true});
  return shares;
}

/// Queries, keys and values, which are products of their own there and lie side by side here.
void add_heads(Shares& shares, const TransformerOptions& options, const std::string& theirs, const std::string& ours,
               const std::vector<std::string>& names) {
  const auto keys = options.head_width() * options.keys_and_values();  // G·d
  const auto sizes = {options.width, keys, keys};
  std::int64_t begin = 0;
  auto size = sizes.begin() + (3 - std::ssize(names));
  for (const auto& name : names) {
    add_both(shares, {.theirs = theirs + name, .ours = ours, .begin = begin, .count = *size}, options.attention_bias());
    begin += *size++;
  }
}

Shares llama(const TransformerOptions& options) {
  Shares shares;
  shares.push_back({.theirs = "model.embed_tokens.weight", .ours = "words.weight", .words = true});
  if (options.tie == "output") shares.back().aliases = {"lm_head.weight"};
  for (std::int64_t i = 0; i < options.layers; ++i) {
    const auto theirs = fmt::format("model.layers.{}.", i), ours = fmt::format("decoder.blocks.{}.", i);
    add_both(shares, {.theirs = theirs + "input_layernorm", .ours = ours + "attention_norm"}, false);
    add_heads(shares, options, theirs + "self_attn.", ours + "attention.query_key_value",
              {"q_proj", "k_proj", "v_proj"});
    add_both(shares, {.theirs = theirs + "self_attn.o_proj", .ours = ours + "attention.output"},
             options.attention_sizes().output_bias);
    add_both(shares, {.theirs = theirs + "post_attention_layernorm", .ours = ours + "feed_forward_norm"}, false);
    const auto inner = ours + "feed_forward.inner";
    add_both(shares, {.theirs = theirs + "mlp.gate_proj", .ours = inner, .begin = 0, .count = options.inner()},
             options.feed_forward_bias());
    add_both(shares,
             {.theirs = theirs + "mlp.up_proj", .ours = inner, .begin = options.inner(), .count = options.inner()},
             options.feed_forward_bias());
    add_both(shares, {.theirs = theirs + "mlp.down_proj", .ours = ours + "feed_forward.outer"},
             options.feed_forward_bias());
  }
  add_both(shares, {.theirs = "model.norm", .ours = "decoder.norm"}, false);
  if (options.tie == "none") shares.push_back({.theirs = "lm_head.weight", .ours = "output.weight", .words = true});
  return shares;
}

Shares bert(const TransformerOptions& options) {
  Shares shares;
  shares.push_back({.theirs = "bert.embeddings.word_embeddings.weight", .ours = "words.weight", .words = true});
  if (options.tie == "output") shares.back().aliases = {"cls.predictions.decoder.weight"};
  shares.push_back({.theirs = "bert.embeddings.position_embeddings.weight", .ours = "encoder.positions.weight"});
  if (options.segments > 0) {
    shares.push_back({.theirs = "bert.embeddings.token_type_embeddings.weight", .ours = "encoder.segments.weight"});
  }
  add_both(shares, {.theirs = "bert.embeddings.LayerNorm", .ours = "encoder.embedding_norm"});
  for (std::int64_t i = 0; i < options.layers; ++i) {
    const auto theirs = fmt::format("bert.encoder.layer.{}.", i), ours = fmt::format("encoder.blocks.{}.", i);
    add_heads(shares, options, theirs + "attention.self.", ours + "attention.query_key_value",
              {"query", "key", "value"});
    add_both(shares, {.theirs = theirs + "attention.output.dense", .ours = ours + "attention.output"});
    add_both(shares, {.theirs = theirs + "attention.output.LayerNorm", .ours = ours + "attention_norm"});
    add_both(shares, {.theirs = theirs + "intermediate.dense", .ours = ours + "feed_forward.inner"});
    add_both(shares, {.theirs = theirs + "output.dense", .ours = ours + "feed_forward.outer"});
    add_both(shares, {.theirs = theirs + "output.LayerNorm", .ours = ours + "feed_forward_norm"});
  }
  if (!options.predicts()) return shares;
  add_both(shares, {.theirs = "cls.predictions.transform.dense", .ours = "output.transform"});
  add_both(shares, {.theirs = "cls.predictions.transform.LayerNorm", .ours = "output.norm"});
  shares.push_back({.theirs = "cls.predictions.bias",
                    .ours = "output.bias",
                    .words = true,
                    .aliases = {"cls.predictions.decoder.bias"}});
  if (options.tie == "none") {
    shares.push_back({.theirs = "cls.predictions.decoder.weight", .ours = "output.weight", .words = true});
  }
  return shares;
}

void add_marian_stack(Shares& shares, const TransformerOptions& options, const std::string& stack,
                      std::int64_t layers) {
  for (std::int64_t i = 0; i < layers; ++i) {
    const auto theirs = fmt::format("model.{}.layers.{}.", stack, i), ours = fmt::format("{}.blocks.{}.", stack, i);
    add_heads(shares, options, theirs + "self_attn.", ours + "attention.query_key_value",
              {"q_proj", "k_proj", "v_proj"});
    add_both(shares, {.theirs = theirs + "self_attn.out_proj", .ours = ours + "attention.output"});
    add_both(shares, {.theirs = theirs + "self_attn_layer_norm", .ours = ours + "attention_norm"});
    if (stack == "decoder") {
      add_both(shares, {.theirs = theirs + "encoder_attn.q_proj", .ours = ours + "cross_attention.query"});
      add_heads(shares, options, theirs + "encoder_attn.", ours + "cross_attention.key_value", {"k_proj", "v_proj"});
      add_both(shares, {.theirs = theirs + "encoder_attn.out_proj", .ours = ours + "cross_attention.output"});
      add_both(shares, {.theirs = theirs + "encoder_attn_layer_norm", .ours = ours + "cross_norm"});
    }
    add_both(shares, {.theirs = theirs + "fc1", .ours = ours + "feed_forward.inner"});
    add_both(shares, {.theirs = theirs + "fc2", .ours = ours + "feed_forward.outer"});
    add_both(shares, {.theirs = theirs + "final_layer_norm", .ours = ours + "feed_forward_norm"});
  }
}

Shares marian(const TransformerOptions& options) {
  Shares shares;
  if (options.tie == "all") {
    shares.push_back(
        {.theirs = "model.shared.weight",
         .ours = "words.weight",
         .words = true,
         .aliases = {"model.decoder.embed_tokens.weight", "model.encoder.embed_tokens.weight", "lm_head.weight"}});
  } else {
    shares.push_back({.theirs = "model.encoder.embed_tokens.weight", .ours = "source_words.weight", .words = true});
    shares.push_back({.theirs = "model.decoder.embed_tokens.weight", .ours = "words.weight", .words = true});
    if (options.tie == "output") shares.back().aliases = {"lm_head.weight"};
  }
  if (options.tie == "none") shares.push_back({.theirs = "lm_head.weight", .ours = "output.weight", .words = true});
  add_marian_stack(shares, options, "encoder", options.encoder_layers());
  add_marian_stack(shares, options, "decoder", options.layers);
  shares.push_back({.theirs = "final_logits_bias", .ours = "output.bias", .words = true, .row = true});
  return shares;
}

}  // namespace

std::vector<Share> shares_of(const std::string& type, const TransformerOptions& options) {
  if (type == "gpt2") return gpt2(options);
  if (type == "bert") return bert(options);
  if (type == "marian") return marian(options);
  return llama(options);
}

std::string name_prefix(const std::string& type) {
  return type == "gpt2" ? "transformer." : type == "bert" ? "bert." : "model.";
}

bool is_passed_over(const std::string& type, const std::string& name) {
  const auto ends = [&](std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return name.ends_with(ending); });
  };
  if (type == "gpt2") return ends({".attn.bias", ".attn.masked_bias"});
  if (type == "bert") {
    return ends({"embeddings.position_ids"}) || name.starts_with("cls.seq_relationship.") ||
           name.find("pooler.dense.") != std::string::npos;
  }
  if (type == "marian") return ends({"embed_positions.weight"});
  return ends({"rotary_emb.inv_freq"});
}

}  // namespace zoo::transformer
