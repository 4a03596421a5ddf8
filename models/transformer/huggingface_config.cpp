// config.json → options; the other way: huggingface_config_out.cpp.
#include <fmt/ranges.h>

#include <functional>

#include "base/error.h"
#include "base/log.h"
#include "models/transformer/huggingface_parts.h"

namespace zoo::transformer {
namespace {

/// Reads keys of config.json and says which is wrong.
class ForeignConfig {
 public:
  explicit ForeignConfig(const std::filesystem::path& file) : file_(file.string()), json_(read_json(file)) {
    if (!json_.is_object()) fail("{}: is no model's config: an object was expected", file_);
  }

  bool has(const std::string& key) const { return json_.contains(key) && !json_.at(key).is_null(); }
  template <class T>
  T get(const std::string& key) const {
    if (!has(key)) fail("{}: {} is missing; is it the config of another model?", file_, key);
    return read<T>(json_.at(key), key);
  }
  template <class T>
  T get(const std::string& key, T otherwise) const {
    return has(key) ? read<T>(json_.at(key), key) : otherwise;
  }
  /// An entry of an object in the config.
  template <class T>
  T get_in(const std::string& object, const std::string& key, T otherwise) const {
    if (!has(object) || !json_.at(object).is_object()) return otherwise;
    const auto& inner = json_.at(object);
    return inner.contains(key) && !inner.at(key).is_null() ? read<T>(inner.at(key), object + "." + key) : otherwise;
  }
  /// The id of a special token; of several the first.
  std::int64_t token(const std::string& key) const {
    if (!has(key)) return ForeignIds::kAbsent;
    const auto& value = json_.at(key);
    if (value.is_array() && !value.empty()) return read<std::int64_t>(value[0], key);
    return read<std::int64_t>(value, key);
  }
  /// Refuses a key that says anything else.
  template <class T>
  void expect(const std::string& key, T only, T otherwise) const {
    const auto value = get<T>(key, otherwise);
    if (value != only) refuse(key, fmt::format("only {} is read here", Json(only).dump()));
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const {
    fail("{}: {} is {}; {}", file_, key, json_.value(key, Json()).dump(), why);
  }
  const std::string& file() const { return file_; }

 private:
  template <class T>
  T read(const Json& value, const std::string& key) const {
    try {
      return value.get<T>();
    } catch (const Json::exception&) {
      fail("{}: {} is {}, which is not of the type expected", file_, key, value.dump());
    }
  }

  std::string file_;
  Json json_;
};

std::string our_activation(const ForeignConfig& config, const std::string& key, const std::string& otherwise) {
  const auto given = config.get<std::string>(key, otherwise);
  std::vector<std::string_view> known;
  for (const auto& [theirs, ours] : kActivations) {
    if (theirs == given) return std::string(ours);
    known.push_back(theirs);
  }
  config.refuse(key, fmt::format("read here are {}", fmt::join(known, ", ")));
}

/// Of a decoder: a token for the begin of its own, or the one for the end.
void read_marks(const ForeignConfig& config, ForeignModel& model) {
  const auto begin = config.token("bos_token_id"), end = config.token("eos_token_id"),
             pad = config.token("pad_token_id");
  if (end == ForeignIds::kAbsent) {
    fail("{}: eos_token_id is missing; a model that ends no text is not read here", config.file());
  }
  const bool own = begin != ForeignIds::kAbsent && begin != end;
  model.options.marks = own ? "begin" : "end";
  model.special = {pad == end || pad == begin ? ForeignIds::kAbsent : pad, ForeignIds::kAbsent,
                   own ? begin : ForeignIds::kAbsent, end, ForeignIds::kAbsent};
}

void read_gpt2(const ForeignConfig& config, ForeignModel& model) {
  auto& options = model.options;
  options.architecture = "decoder";
  options.layers = config.get<std::int64_t>("n_layer");
  options.width = config.get<std::int64_t>("n_embd");
  options.heads = config.get<std::int64_t>("n_head");
  options.feed_forward = config.get<std::int64_t>("n_inner", 4 * options.width);
  options.context = config.get<std::int64_t>("n_positions");
  options.norm_epsilon = config.get<double>("layer_norm_epsilon", 1e-5);
  options.positions = "learned";
  options.activation = our_activation(config, "activation_function", "gelu_new");
  options.tie = config.get<bool>("tie_word_embeddings", true) ? "output" : "none";
  options.output_bias = false;
  options.dropout = config.get<double>("resid_pdrop", 0.1);
  config.expect("scale_attn_weights", true, true);
  config.expect("scale_attn_by_inverse_layer_idx", false, false);
  config.expect("add_cross_attention", false, false);
  read_marks(config, model);
}

/// Under the names that most configs give them.
void read_sizes(const ForeignConfig& config, TransformerOptions& options) {
  options.layers = config.get<std::int64_t>("num_hidden_layers");
  options.width = config.get<std::int64_t>("hidden_size");
  options.heads = config.get<std::int64_t>("num_attention_heads");
  options.feed_forward = config.get<std::int64_t>("intermediate_size");
  options.context = config.get<std::int64_t>("max_position_embeddings");
}

void read_rotary(const ForeignConfig& config, RotaryOptions& rotary) {
  rotary.base = config.get_in<double>("rope_parameters", "rope_theta", config.get<double>("rope_theta", 10000));
  for (const std::string object : {"rope_parameters", "rope_scaling"}) {
    const auto type =
        config.get_in<std::string>(object, "rope_type", config.get_in<std::string>(object, "type", "default"));
    if (type == "default") continue;
    if (type != "linear" && type != "llama3") {
      config.refuse(object, "rotary positions of the types default, linear and llama3 are read here");
    }
    rotary.factor = config.get_in<double>(object, "factor", 1);
    if (type == "linear") continue;
    rotary.low = config.get_in<double>(object, "low_freq_factor", 1);
    rotary.high = config.get_in<double>(object, "high_freq_factor", 4);
    rotary.original = config.get_in<std::int64_t>(object, "original_max_position_embeddings", 8192);
  }
}

void read_llama(const ForeignConfig& config, ForeignModel& model) {
  auto& options = model.options;
  options.architecture = "decoder";
  read_sizes(config, options);
  options.key_heads = config.get<std::int64_t>("num_key_value_heads", 0);
  if (model.type == "mistral" && config.has("sliding_window")) {
    const auto window = config.get<std::int64_t>("sliding_window");
    if (window < options.context) {
      log_info(fmt::format("{}: a word sees {} before it; so many are read at once", config.file(), window));
      options.context = window;
    }
  }
  options.norm_kind = "rms";
  options.norm_epsilon = config.get<double>("rms_norm_eps", 1e-6);
  options.positions = "rotary";
  read_rotary(config, options.rotary);
  config.expect<std::string>("hidden_act", "silu", "silu");
  options.activation = "swiglu";
  const bool attention = config.get("attention_bias", false), inner = config.get("mlp_bias", false);
  if (inner && !attention) config.refuse("mlp_bias", "with attention_bias false that is not read here");
  options.biases = model.type == "qwen2" ? "query_key_value" : inner ? "all" : attention ? "attention" : "none";
  config.expect("use_sliding_window", false, false);
  options.tie = config.get<bool>("tie_word_embeddings", false) ? "output" : "none";
  options.output_bias = false;
  options.dropout = config.get<double>("attention_dropout", 0);
  const auto head = config.get<std::int64_t>("head_dim", 0);
  if (head != 0 && head * options.heads != options.width) {
    config.refuse("head_dim", fmt::format("only hidden_size / num_attention_heads = {} / {} is read here",
                                          options.width, options.heads));
  }
  read_marks(config, model);
}

void read_bert(const ForeignConfig& config, ForeignModel& model) {
  auto& options = model.options;
  options.architecture = "encoder";
  read_sizes(config, options);
  options.norm = "post";
  options.norm_epsilon = config.get<double>("layer_norm_eps", 1e-12);
  options.positions = "learned";
  options.activation = our_activation(config, "hidden_act", "gelu");
  options.embedding_norm = true;
  options.segments = config.get<std::int64_t>("type_vocab_size", 2);
  options.output_layer = "transform";
  options.tie = config.get<bool>("tie_word_embeddings", true) ? "output" : "none";
  options.marks = "begin";
  options.dropout = config.get<double>("hidden_dropout_prob", 0.1);
  config.expect<std::string>("position_embedding_type", "absolute", "absolute");
  config.expect("is_decoder", false, false);
}

void read_marian(const ForeignConfig& config, ForeignModel& model) {
  auto& options = model.options;
  options.architecture = "encoder-decoder";
  options.layers = config.get<std::int64_t>("decoder_layers");
  options.source_layers = config.get<std::int64_t>("encoder_layers");
  options.width = config.get<std::int64_t>("d_model");
  options.heads = config.get<std::int64_t>("encoder_attention_heads");
  options.feed_forward = config.get<std::int64_t>("encoder_ffn_dim");
  config.expect("decoder_attention_heads", options.heads, options.heads);
  config.expect("decoder_ffn_dim", options.feed_forward, options.feed_forward);
  options.context = config.get<std::int64_t>("max_position_embeddings", 1024);
  options.norm = "post";
  options.positions = "sinusoidal-halves";
  options.activation = our_activation(config, "activation_function", "gelu");
  options.scale_embeddings = config.get("scale_embedding", false);
  const bool shared = config.get("share_encoder_decoder_embeddings", true);
  const bool tied = config.get("tie_word_embeddings", true);
  if (shared && !tied)
    config.refuse("tie_word_embeddings", "with share_encoder_decoder_embeddings it must be true here");
  options.tie = shared ? "all" : tied ? "output" : "none";
  options.dropout = config.get<double>("dropout", 0.1);
  config.expect("normalize_embedding", false, false);
  config.expect("add_final_layer_norm", false, false);
  const auto decoder_rows = config.get<std::int64_t>("decoder_vocab_size", model.rows);
  if (decoder_rows != model.rows) config.refuse("decoder_vocab_size", "one vocabulary for both languages is read here");
  model.special[kBegin] =
      config.token(config.has("decoder_start_token_id") ? "decoder_start_token_id" : "pad_token_id");
  if (model.special[kBegin] == ForeignIds::kAbsent) fail("{}: decoder_start_token_id is missing", config.file());
}

struct Reader {
  std::string_view type;
  void (*read)(const ForeignConfig&, ForeignModel&);
};
constexpr Reader kReaders[] = {{"bert", read_bert},     {"gpt2", read_gpt2},     {"llama", read_llama},
                               {"marian", read_marian}, {"mistral", read_llama}, {"qwen2", read_llama}};

}  // namespace

ForeignModel read_foreign_config(const std::filesystem::path& file) {
  const ForeignConfig config(file);
  ForeignModel model;
  model.special.fill(ForeignIds::kAbsent);
  model.type = config.get<std::string>("model_type");
  std::vector<std::string_view> known;
  const Reader* reader = nullptr;
  for (const auto& candidate : kReaders) {
    known.push_back(candidate.type);
    if (candidate.type == model.type) reader = &candidate;
  }
  if (reader == nullptr) {
    fail("{}: model_type '{}' is not read here; read are {}", config.file(), model.type, fmt::join(known, ", "));
  }
  model.options.scale_embeddings = false;
  model.rows = config.get<std::int64_t>("vocab_size");
  reader->read(config, model);
  // Through the list of fields, for their ranges.
  TransformerOptions checked;
  try {
    fields_of(checked).read_json(fields_of(model.options).to_json(), "model");
    checked.check();
  } catch (const UsageError& error) {
    fail("{}: {}", config.file(), error.what());
  }
  return model;
}

}  // namespace zoo::transformer
