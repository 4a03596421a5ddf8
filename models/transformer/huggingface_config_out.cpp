// Options → config.json; the other way: huggingface_config.cpp.
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "models/transformer/huggingface_parts.h"

namespace zoo::transformer {
namespace {

std::string their_activation(const std::string& activation) {
  for (const auto& [theirs, ours] : kActivations) {
    if (ours == activation) return std::string(theirs);
  }
  return activation;
}

}  // namespace

std::string foreign_type(const TransformerOptions& options) {
  if (options.translates()) return "marian";
  if (options.has_encoder()) return "bert";
  if (!options.rotary_positions()) return "gpt2";
  return options.biases == "query_key_value" ? "qwen2" : "llama";
}

namespace {

/// Collects what does not fit.
class Fit {
 public:
  template <class T>
  void must(const char* name, const T& value, const std::vector<T>& fitting) {
    if (std::find(fitting.begin(), fitting.end(), value) != fitting.end()) return;
    std::vector<std::string> texts;
    for (const auto& one : fitting) texts.push_back(Json(one).dump());
    unfit_.push_back(fmt::format("{} {} (it has {})", name, Json(value).dump(), fmt::join(texts, " or ")));
  }
  void check(const std::string& type) const {
    if (unfit_.empty()) return;
    fail("as {} this model cannot be written, which lacks model.{}; train it with options that fit", type,
         fmt::join(unfit_, ", model."));
  }

 private:
  std::vector<std::string> unfit_;
};

using Text = std::string;

Json token(const ForeignIds& ids, TokenId id) {
  return ids.foreign(id) == ForeignIds::kAbsent ? Json() : Json(ids.foreign(id));
}

/// Decoders begin with their own token for that or with the one for the end.
Json begin_token(const TransformerOptions& options, const ForeignIds& ids) {
  return options.begins() ? token(ids, kBegin) : token(ids, kEnd);
}

Json gpt2_config(const TransformerOptions& o, const ForeignIds& ids, Fit& fit) {
  fit.must<Text>("norm", o.norm, {"pre"});
  fit.must<Text>("norm_kind", o.norm_kind, {"layer"});
  fit.must<Text>("positions", o.positions, {"learned"});
  fit.must<Text>("activation", o.activation, {"gelu-tanh", "gelu", "relu", "silu"});
  fit.must<Text>("biases", o.biases, {"all"});
  fit.must("key_heads", o.keys_and_values(), {o.heads});
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"n_layer", o.layers},
          {"n_embd", o.width},
          {"n_head", o.heads},
          {"n_inner", o.inner()},
          {"n_positions", o.context},
          {"n_ctx", o.context},
          {"layer_norm_epsilon", o.norm_epsilon},
          {"activation_function", their_activation(o.activation)},
          {"tie_word_embeddings", o.tie == "output"},
          {"resid_pdrop", o.dropout},
          {"embd_pdrop", o.dropout},
          {"attn_pdrop", 0.0},
          {"bos_token_id", begin_token(o, ids)},
          {"eos_token_id", token(ids, kEnd)},
          {"pad_token_id", token(ids, kPad)}};
}

Json llama_config(const TransformerOptions& o, const ForeignIds& ids, Fit& fit) {
  fit.must<Text>("norm", o.norm, {"pre"});
  fit.must<Text>("norm_kind", o.norm_kind, {"rms"});
  fit.must<Text>("activation", o.activation, {"swiglu"});
  Json rotary = {{"rope_type", "default"}, {"rope_theta", o.rotary.base}};
  if (o.rotary.factor != 1) {
    rotary["rope_type"] = o.rotary.original > 0 ? "llama3" : "linear";
    rotary["factor"] = o.rotary.factor;
  }
  if (o.rotary.factor != 1 && o.rotary.original > 0) {
    rotary["low_freq_factor"] = o.rotary.low;
    rotary["high_freq_factor"] = o.rotary.high;
    rotary["original_max_position_embeddings"] = o.rotary.original;
  }
  const bool qwen = o.biases == "query_key_value";
  Json config = {{"architectures", {qwen ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}},
                 {"num_hidden_layers", o.layers},
                 {"hidden_size", o.width},
                 {"num_attention_heads", o.heads},
                 {"num_key_value_heads", o.keys_and_values()},
                 {"head_dim", o.head_width()},
                 {"intermediate_size", o.inner()},
                 {"max_position_embeddings", o.context},
                 {"rms_norm_eps", o.norm_epsilon},
                 {"hidden_act", "silu"},
                 {"rope_theta", o.rotary.base},
                 {"rope_parameters", rotary},
                 {"attention_dropout", o.dropout},
                 {"tie_word_embeddings", o.tie == "output"},
                 {"bos_token_id", begin_token(o, ids)},
                 {"eos_token_id", token(ids, kEnd)},
                 {"pad_token_id", token(ids, kPad)}};
  if (o.rotary.factor != 1) config["rope_scaling"] = rotary;
  if (!qwen) {
    config["attention_bias"] = o.attention_bias();
    config["mlp_bias"] = o.feed_forward_bias();
  }
  return config;
}

Json bert_config(const TransformerOptions& o, const ForeignIds& ids, Fit& fit) {
  fit.must<Text>("norm", o.norm, {"post"});
  fit.must<Text>("norm_kind", o.norm_kind, {"layer"});
  fit.must<Text>("positions", o.positions, {"learned"});
  fit.must<Text>("activation", o.activation, {"gelu", "gelu-tanh", "relu", "silu"});
  fit.must<Text>("biases", o.biases, {"all"});
  fit.must<Text>("output_layer", o.output_layer, {"transform", "none"});
  fit.must<Text>("marks", o.marks, {"begin"});
  fit.must("embedding_norm", o.embedding_norm, {true});
  if (o.predicts()) fit.must("output_bias", o.output_bias, {true});
  fit.must("key_heads", o.keys_and_values(), {o.heads});
  return {{"architectures", {o.predicts() ? "BertForMaskedLM" : "BertModel"}},
          {"num_hidden_layers", o.layers},
          {"hidden_size", o.width},
          {"num_attention_heads", o.heads},
          {"intermediate_size", o.inner()},
          {"max_position_embeddings", o.context},
          {"layer_norm_eps", o.norm_epsilon},
          {"hidden_act", their_activation(o.activation)},
          {"type_vocab_size", std::max<std::int64_t>(1, o.segments)},
          {"tie_word_embeddings", o.tie == "output"},
          {"position_embedding_type", "absolute"},
          {"hidden_dropout_prob", o.dropout},
          {"attention_probs_dropout_prob", 0.0},
          {"pad_token_id", token(ids, kPad)}};
}

Json marian_config(const TransformerOptions& o, const ForeignIds& ids, Fit& fit) {
  fit.must<Text>("norm", o.norm, {"post"});
  fit.must<Text>("norm_kind", o.norm_kind, {"layer"});
  fit.must("norm_epsilon", o.norm_epsilon, {1e-5});
  fit.must<Text>("positions", o.positions, {"sinusoidal-halves"});
  fit.must<Text>("activation", o.activation, {"gelu", "gelu-tanh", "relu", "silu"});
  fit.must<Text>("biases", o.biases, {"all"});
  fit.must("embedding_norm", o.embedding_norm, {false});
  fit.must("output_bias", o.output_bias, {true});
  fit.must("key_heads", o.keys_and_values(), {o.heads});
  return {{"architectures", {"MarianMTModel"}},
          {"decoder_layers", o.layers},
          {"encoder_layers", o.encoder_layers()},
          {"num_hidden_layers", o.encoder_layers()},
          {"d_model", o.width},
          {"encoder_attention_heads", o.heads},
          {"decoder_attention_heads", o.heads},
          {"encoder_ffn_dim", o.inner()},
          {"decoder_ffn_dim", o.inner()},
          {"max_position_embeddings", o.context},
          {"max_length", o.context},
          {"activation_function", their_activation(o.activation)},
          {"scale_embedding", o.scale_embeddings},
          {"share_encoder_decoder_embeddings", o.tie == "all"},
          {"tie_word_embeddings", o.tie != "none"},
          {"static_position_embeddings", true},
          {"normalize_embedding", false},
          {"normalize_before", false},
          {"add_final_layer_norm", false},
          {"is_encoder_decoder", true},
          {"dropout", o.dropout},
          {"activation_dropout", 0.0},
          {"attention_dropout", 0.0},
          {"decoder_vocab_size", ids.rows()},
          {"decoder_start_token_id", token(ids, kBegin)},
          {"eos_token_id", token(ids, kEnd)},
          {"forced_eos_token_id", token(ids, kEnd)},
          {"bad_words_ids", Json::array({Json::array({token(ids, kPad)})})},
          {"pad_token_id", token(ids, kPad)}};
}

}  // namespace

Json foreign_config(const TransformerOptions& options, const ForeignIds& ids, std::string_view dtype) {
  const auto type = foreign_type(options);
  Fit fit;
  const auto write = type == "marian" ? marian_config
                     : type == "bert" ? bert_config
                     : type == "gpt2" ? gpt2_config
                                      : llama_config;
  Json config = {{"model_type", type}};
  config.update(write(options, ids, fit));
  if (type != "marian") {
    fit.must("scale_embeddings", options.scale_embeddings, {false});
    fit.must<Text>("tie", options.tie, {"output", "none"});
  }
  if (type != "bert") fit.must<std::int64_t>("segments", options.segments, {0});
  if (type == "gpt2" || type == "llama" || type == "qwen2") {
    fit.must("output_bias", options.output_bias, {false});
    fit.must("embedding_norm", options.embedding_norm, {false});
  }
  fit.check(type);
  config["vocab_size"] = ids.rows();
  config["dtype"] = dtype;
  return config;
}

}  // namespace zoo::transformer
