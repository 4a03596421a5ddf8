#include "models/elmo/elmo.h"
#include "models/runtime.h"

namespace zoo::elmo {
namespace {

class ElmoKind : public ModelKind {
 public:
  struct Owner : Options {
    ElmoOptions values;
    void fields(Fields& fields) override { values.fields(fields); }
  };

  std::string_view name() const override { return "elmo"; }
  std::string_view title() const override {
    return "Bidirectional language model whose states are vectors in context, ELMo (Peters et al. 2018)";
  }
  int step() const override { return 30; }
  std::vector<Variant> variants() const override { return {{"elmo", "ELMo", Json::object()}}; }
  std::vector<Variant> other_variants() const override {
    return {
        {"elmo of words", "ELMo with word vectors as input", {{"token_layer", "words"}}},
        {"elmo-sampled", "ELMo, sampled softmax", {{"output_layer", "sampled"}, {"samples", 512}}},
        {"elmo-adaptive", "ELMo, adaptive softmax", {{"output_layer", "adaptive"}, {"cutoffs", {20}}, {"shrink", 2}}}};
  }
  std::unique_ptr<Options> default_options() const override { return std::make_unique<Owner>(); }
  Json training_defaults() const override {
    return {{"optimizer", "adam"}, {"learning_rate", 0.002}, {"batch_size", 32}, {"epochs", 10}, {"clip", 1.0}};
  }
  Json tiny_options() const override {
    return {{"character_dim", 4},
            {"filter_widths", {1, 2, 3}},
            {"filter_counts", {4, 6, 6}},
            {"max_characters", 12},
            {"projection", 12},
            {"cell", 16},
            {"dropout", 0.0},
            {"length", 8}};
  }

  std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const override {
    const auto& values = static_cast<const Owner&>(options).values;
    values.check();
    if (values.predicts()) values.output.check(vocabulary.size);
    check_memory_for(values.parameters(vocabulary.size), "model.projection, model.cell, model.filter_counts");
    return std::make_unique<Elmo>(values, vocabulary);
  }
};

}  // namespace

const ModelKind& kind() {
  static const ElmoKind kind;
  return kind;
}

}  // namespace zoo::elmo
