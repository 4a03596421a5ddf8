#include "models/nnlm/nnlm.h"
#include "models/runtime.h"

namespace zoo::nnlm {
namespace {

class NnlmKind : public ModelKind {
 public:
  struct Owner : Options {
    NnlmOptions values;
    void fields(Fields& fields) override { values.fields(fields); }
  };

  std::string_view name() const override { return "nnlm"; }
  std::string_view title() const override { return "Neural probabilistic language model (Bengio et al. 2003)"; }
  int step() const override { return 10; }
  std::vector<Variant> variants() const override { return {{"nnlm", "NNLM", Json::object()}}; }
  std::vector<Variant> other_variants() const override {
    return {
        {"nnlm-modern",
         "NNLM, modern",
         {{"layers", 3},
          {"activation", "gelu"},
          {"residual", true},
          {"layer_norm", true},
          {"averages", {2, 3}},
          {"tied", true}}},
        {"nnlm-hierarchical", "NNLM, a tree of words", {{"output_layer", "hierarchical"}}},
        {"nnlm-nce", "NNLM, noise-contrastive", {{"output_layer", "nce"}, {"samples", 64}}},
        {"nnlm-sampled", "NNLM, sampled softmax", {{"output_layer", "sampled"}, {"samples", 64}}},
        {"nnlm-adaptive", "NNLM, adaptive softmax", {{"output_layer", "adaptive"}, {"cutoffs", {20}}, {"shrink", 2}}}};
  }
  std::unique_ptr<Options> default_options() const override { return std::make_unique<Owner>(); }
  Json training_defaults() const override {
    return {{"optimizer", "adamw"}, {"learning_rate", 0.001}, {"batch_size", 256}, {"epochs", 10}};
  }
  Json tiny_options() const override { return {{"order", 3}, {"embedding", 8}, {"hidden", 12}}; }

  std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const override {
    const auto& values = static_cast<const Owner&>(options).values;
    values.check();
    values.output.check(vocabulary.size);
    check_memory_for(values.parameters(vocabulary.size), "model.embedding, model.hidden, model.order, model.layers");
    return std::make_unique<Nnlm>(values, vocabulary);
  }
};

}  // namespace

const ModelKind& kind() {
  static const NnlmKind kind;
  return kind;
}

}  // namespace zoo::nnlm
