#include "base/error.h"
#include "models/runtime.h"
#include "models/transformer/language_model.h"
#include "models/transformer/masked_model.h"
#include "models/transformer/transformer.h"
#include "models/transformer/translator.h"

namespace zoo::transformer {
namespace {

class TransformerKind : public ModelKind {
 public:
  struct Owner : Options {
    TransformerOptions values;
    void fields(Fields& fields) override { values.fields(fields); }
  };

  std::string_view name() const override { return "transformer"; }
  std::string_view title() const override { return "Transformer (Vaswani et al. 2017)"; }
  int step() const override { return 40; }
  std::vector<Variant> variants() const override {
    return {{"transformer", "Transformer", {{"architecture", "decoder"}}},
            {"masked-transformer", "Masked Transformer", {{"architecture", "encoder"}}}};
  }
  /// The paper's own blocks, read as a language model.
  std::vector<Variant> other_variants() const override {
    return {{"post-norm-transformer",
             "Transformer, post-norm",
             {{"architecture", "decoder"},
              {"norm", "post"},
              {"positions", "learned"},
              {"activation", "relu"},
              {"tie", "none"}}},
            {"rotary-transformer",
             "Transformer with rotary positions, gates and shared keys",
             {{"architecture", "decoder"},
              {"positions", "rotary"},
              {"norm_kind", "rms"},
              {"activation", "swiglu"},
              {"biases", "none"},
              {"key_heads", 1},
              {"tie", "none"},
              {"scale_embeddings", false},
              {"output_bias", false},
              {"marks", "begin"},
              {"absent_tokens", {0, 4}}}},
            {"marked-masked-transformer",
             "Masked Transformer, lines with both marks",
             {{"architecture", "encoder"},
              {"norm", "post"},
              {"positions", "learned"},
              {"activation", "gelu-tanh"},
              {"scale_embeddings", false},
              {"embedding_norm", true},
              {"segments", 2},
              {"output_layer", "transform"},
              {"marks", "begin"}}}};
  }
  std::vector<Variant> translators() const override {
    return {{"translation-transformer", "Transformer for translation", {{"architecture", "encoder-decoder"}}}};
  }
  std::unique_ptr<Options> default_options() const override { return std::make_unique<Owner>(); }
  Json training_defaults() const override {
    return {{"optimizer", "adamw"}, {"learning_rate", 0.001}, {"schedule", "cosine"}, {"warmup", 200},
            {"beta2", 0.98},        {"weight_decay", 0.01},   {"clip", 1.0},          {"batch_size", 32},
            {"epochs", 10},         {"floor", 0.05}};
  }
  Json tiny_options() const override {
    return {{"layers", 2}, {"width", 16}, {"heads", 2}, {"feed_forward", 32}, {"context", 16}, {"dropout", 0.0}};
  }

  std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const override {
    const auto& values = static_cast<const Owner&>(options).values;
    values.check();
    check_languages(values, vocabulary);
    check_memory_for(values.parameters(vocabulary.size, vocabulary.source_size),
                     "model.layers, model.width, model.feed_forward");
    if (values.translates()) return std::make_unique<Translator>(values, vocabulary);
    if (values.has_encoder()) return std::make_unique<MaskedModel>(values, vocabulary);
    return std::make_unique<LanguageModel>(values, vocabulary);
  }

 private:
  static void check_languages(const TransformerOptions& options, const VocabularyFacts& vocabulary) {
    if (options.translates() && vocabulary.source_size == 0) {
      fail_usage("model.architecture: encoder-decoder translates and takes two texts, --source FILE --target FILE");
    }
    if (!options.translates() && vocabulary.source_size != 0) {
      fail_usage("model.architecture: {} reads one text; for two of them give --architecture encoder-decoder",
                 options.architecture);
    }
    if (options.tie == "all" && vocabulary.source_size != vocabulary.size) {
      fail_usage("model.tie: 'all' takes one tokenizer for both languages, and theirs have {} and {} pieces",
                 vocabulary.source_size, vocabulary.size);
    }
  }
};

}  // namespace

const ModelKind& kind() {
  static const TransformerKind kind;
  return kind;
}

}  // namespace zoo::transformer
