#include "models/unigram/unigram.h"

namespace zoo::unigram {

namespace {

struct Settings {
  double added = 1;

  void fields(Fields& field) { field("added", added, "what is added to every word's count").range(1e-6, 1e6); }
};

class Unigram : public Model, public SelfTrained, public NextWord {
 public:
  Unigram(const Settings& settings, std::int64_t vocabulary)
      : settings_(settings), counts_(torch::zeros({vocabulary}, torch::kLong)) {}

  Json options() const override {
    Settings copy = settings_;
    return fields_of(copy).to_json();
  }
  Parts parts() override { return {{"counts", counts_}}; }
  void initialise(std::uint64_t) override { counts_.zero_(); }
  SelfTrained* self_trained() override { return this; }
  const NextWord* next_word() const override { return this; }

  void begin(const Corpus& corpus, std::uint64_t, int) override { corpus_ = corpus; }
  SliceReport advance() override {
    for (std::int64_t id = 0; id < counts_.size(0); ++id)
      counts_[id] = static_cast<std::int64_t>(corpus_->counts()[id]);
    SliceReport report;
    report.tokens_done = report.tokens_total = corpus_->size();
    report.epoch = 1;
    report.finished = true;
    return report;
  }
  Json cursor() const override { return Json::object(); }  // all of it happens in one slice
  void restore(const Json&) override {}
  std::optional<Loss> held_out(const Corpus&) override { return std::nullopt; }

  Tensor score(const Batch& batch, State&) const override {
    const Tensor scored = batch.target.ne(kIgnored);                                        // [B, T]
    const Tensor target = batch.target.masked_fill(~scored, 0);                             // [B, T]
    return log_probabilities().index_select(0, target.flatten()).view_as(target) * scored;  // [B, T]
  }
  Tensor next(const Tensor& context) const override {
    return log_probabilities().expand({context.size(0), -1});  // [B, V]
  }

 private:
  Tensor log_probabilities() const {
    const Tensor added = counts_.to(torch::kDouble) + settings_.added;  // [V]
    return (added / added.sum()).log().to(torch::kFloat);               // [V]
  }

  Settings settings_;
  Tensor counts_;  // [V] int64
  std::optional<Corpus> corpus_;
};

class UnigramKind : public ModelKind {
 public:
  struct UnigramOptions : Options {
    void fields(Fields& fields) override { settings.fields(fields); }
    Settings settings;
  };

  std::string_view name() const override { return "unigram"; }
  std::string_view title() const override { return "Unigram: each word by its share of the text"; }
  int step() const override { return -10; }  // before the n-grams
  std::vector<Variant> variants() const override { return {{"unigram", "Unigram", Json::object()}}; }
  std::unique_ptr<Options> default_options() const override { return std::make_unique<UnigramOptions>(); }
  std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const override {
    return std::make_unique<Unigram>(dynamic_cast<const UnigramOptions&>(options).settings, vocabulary.size);
  }
};

}  // namespace

const ModelKind& kind() {
  static const UnigramKind instance;
  return instance;
}

}  // namespace zoo::unigram
