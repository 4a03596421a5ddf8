#include "base/error.h"
#include "models/runtime.h"
#include "models/tagger/tagger.h"

namespace zoo::tagger {
namespace {

class OptionsOwner : public ModelKind::Options {
 public:
  void fields(Fields& f) override { options.fields(f); }
  TaggerOptions options;
};

class TaggerKind : public ModelKind {
 public:
  std::string_view name() const override { return "tagger"; }
  std::string_view title() const override { return "Part-of-speech tagger on another model's vectors"; }
  int step() const override { return 100; }
  std::vector<Variant> variants() const override { return {}; }  // it reads what the others make
  std::unique_ptr<ModelKind::Options> default_options() const override { return std::make_unique<OptionsOwner>(); }

  std::unique_ptr<Model> create(const ModelKind::Options& given, const VocabularyFacts&) const override {
    const auto& options = dynamic_cast<const OptionsOwner&>(given).options;
    if (options.tags.size() < 2 || options.width < 1) {
      fail_usage(
          "model.tags, model.width: a tagger learns them from a tagged text and another model's vectors; "
          "train one by zoo train tagger");
    }
    if (options.mix_output && options.lstm == 0) {
      fail_usage("model.mix_output: stands beside an LSTM's output; give model.lstm cells");
    }
    const auto width = static_cast<double>(options.width), hidden = static_cast<double>(options.hidden_size);
    const auto cells = static_cast<double>(options.lstm);
    check_memory_for((width + 2 * cells + static_cast<double>(options.tags.size())) * (hidden + 1) +
                         8 * cells * (width + cells + 2) + 3 * width * static_cast<double>(options.layers),
                     "this tagger");
    return std::make_unique<Tagger>(options);
  }
};

}  // namespace

void TaggerOptions::fields(Fields& f) {
  f("lstm", lstm, "cells C of a bidirectional LSTM over the sentence in each direction; 0: none").range(0, 1 << 14);
  f("mix_norm", mix_norm, "bring each layer to mean 0 and variance 1 over the words read together before mixing");
  f("mix_output", mix_output, "a second mix of the layers stands beside the LSTM's output");
  f("hidden_size", hidden_size, "size H of the hidden layer; 0: none").range(0, 1 << 16);
  f("dropout", dropout, "of the hidden layer, and of the LSTM's input and output").range(0, 0.95);
  f("width", width, "numbers D of a word's vector").range(0, 1 << 20);
  f("layers", layers, "vectors L of a word, which are mixed").range(1, 1 << 10);
  f("tags", tags, "names of the tags");
}

const ModelKind& kind() {
  static const TaggerKind tagger;
  return tagger;
}

}  // namespace zoo::tagger
