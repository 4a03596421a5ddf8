#include "models/ngram/ngram.h"

#include "models/ngram/model.h"

namespace zoo::ngram {

namespace {

class NgramOptions : public ModelKind::Options {
 public:
  void fields(Fields& fields) override { values.fields(fields); }
  zoo::ngram::Options values;
};

class NgramKind : public ModelKind {
 public:
  std::string_view name() const override { return "ngram"; }
  std::string_view title() const override {
    return "N-gram counts, smoothed by deleted interpolation or modified Kneser-Ney";
  }
  int step() const override { return 0; }
  std::vector<Variant> variants() const override {
    return {{"trigram", "Interpolated trigram", {{"smoothing", "deleted-interpolation"}, {"order", 3}}},
            {"ngram", "Kneser–Ney 5-gram", {{"smoothing", "kneser-ney"}, {"order", 5}}}};
  }
  std::unique_ptr<Options> default_options() const override { return std::make_unique<NgramOptions>(); }
  std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const override {
    return std::make_unique<Ngram>(dynamic_cast<const NgramOptions&>(options).values, vocabulary.size);
  }
};

}  // namespace

const ModelKind& kind() {
  static const NgramKind instance;
  return instance;
}

}  // namespace zoo::ngram
