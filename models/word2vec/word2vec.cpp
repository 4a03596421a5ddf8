#include "models/word2vec/word2vec.h"

#include <mutex>
#include <optional>

#include "base/error.h"
#include "models/word2vec/cloze.h"
#include "models/word2vec/gradient.h"
#include "models/word2vec/options.h"
#include "models/word2vec/self_training.h"
#include "models/word2vec/start.h"
#include "models/word2vec/weights.h"

namespace zoo::word2vec {
namespace {

constexpr const char* kNgrams = "ngrams.weight";

class Word2Vec : public Model, public SubwordWordVectors, public StartsFromVectors {
 public:
  Word2Vec(const Word2VecOptions& options, const VocabularyFacts& vocabulary)
      : options_(options),
        weights_(vocabulary.size, options.dim, options.subwords(), vocabulary.pieces),
        cloze_(options_, weights_) {
    if (!vocabulary.counts.empty()) weights_.counts.copy_(torch::tensor(vocabulary.counts, torch::kInt64));
    if (options_.gradient()) {
      gradient_.emplace(options_, weights_);
    } else {
      self_training_.emplace(options_, weights_);
    }
  }

  Json options() const override {
    auto copy = options_;
    return fields_of(copy).to_json();
  }
  Parts parts() override {
    settle();
    Parts parts = {{"input.weight", weights_.input}, {output_part(), weights_.output}, {"counts", weights_.counts}};
    if (weights_.composed()) {
      parts.emplace_back(kNgrams, weights_.ngrams);
      parts.emplace_back(word_vectors_part(), weights_.vectors());
    }
    return parts;
  }
  void load_parts(const Parts& saved) override {
    Model::load_parts(saved);
    weights_.changed();
    if (self_training_) self_training_->forget();
    if (gradient_) gradient_->take();
  }
  void initialise(std::uint64_t seed) override {
    weights_.initialise(seed, options_.start_range());
    if (start_) start_weights(*start_, options_, weights_);
    start_.reset();
    if (self_training_) self_training_->forget();
    if (gradient_) gradient_->take();
  }
  /// Only training by gradient moves: what a trained one is asked, it answers from the CPU.
  bool to(torch::Device device) override {
    if (gradient_) gradient_->to(device);
    return gradient_.has_value() || device.is_cpu();
  }
  void start_from(StartVectors start) override {
    check_start(start, weights_);
    start_ = std::move(start);
  }

  Differentiable* differentiable() override { return gradient_ ? &*gradient_ : nullptr; }
  SelfTrained* self_trained() override { return self_training_ ? &*self_training_ : nullptr; }
  const Cloze* cloze() const override {
    settle();
    return &cloze_;
  }
  const WordVectors* word_vectors() const override {
    settle();
    return this;
  }
  Tensor vectors() const override { return weights_.vectors(); }
  std::string word_vectors_part() const override {
    return weights_.composed() ? "word_vectors.weight" : "input.weight";
  }
  std::optional<SubwordPart> subword_part() const override {
    if (!weights_.composed()) return std::nullopt;
    return SubwordPart{kNgrams, options_.subwords()};
  }

 private:
  /// The weights become what was trained, if they lag behind it.
  void settle() const {
    const std::lock_guard only_one(settling_);
    if (self_training_) self_training_->settle();
    if (gradient_) gradient_->settle();
  }
  std::string output_part() const { return options_.hierarchical() ? "nodes.weight" : "output.weight"; }

  Word2VecOptions options_;
  Weights weights_;
  MissingWord cloze_;
  mutable std::optional<GradientTraining> gradient_;
  mutable std::optional<SelfTraining> self_training_;
  mutable std::mutex settling_;
  std::optional<StartVectors> start_;
};

struct KindOptions : ModelKind::Options {
  Word2VecOptions own;
  void fields(Fields& f) override { own.fields(f); }
};

class Kind : public ModelKind {
 public:
  std::string_view name() const override { return "word2vec"; }
  std::string_view title() const override { return "Word2Vec (Mikolov et al. 2013)"; }
  int step() const override { return 20; }
  std::vector<Variant> variants() const override {
    return {{"cbow", "Word2Vec CBOW", {{"architecture", "cbow"}}},
            {"skip-gram", "Word2Vec skip-gram", {{"architecture", "skip-gram"}}}};
  }
  std::vector<Variant> other_variants() const override {
    return {
        {"cbow-by-gradient", "Word2Vec CBOW by gradient", {{"architecture", "cbow"}, {"trainer", "gradient"}}},
        {"skip-gram-by-gradient",
         "Word2Vec skip-gram by gradient",
         {{"architecture", "skip-gram"}, {"trainer", "gradient"}}},
        {"cbow-with-ngrams", "Word2Vec CBOW with n-grams", {{"architecture", "cbow"}, {"max_n", 4}, {"buckets", 300}}},
        {"skip-gram-with-ngrams",
         "Word2Vec skip-gram with n-grams",
         {{"architecture", "skip-gram"}, {"max_n", 4}, {"buckets", 300}}},
        {"cbow-in-halves",
         "Word2Vec CBOW with n-grams in float16",
         {{"architecture", "cbow"}, {"max_n", 4}, {"buckets", 300}, {"storage", "float16"}}},
        {"skip-gram-in-halves",
         "Word2Vec skip-gram in float16",
         {{"architecture", "skip-gram"}, {"storage", "float16"}}}};
  }
  std::unique_ptr<ModelKind::Options> default_options() const override { return std::make_unique<KindOptions>(); }
  Json training_defaults() const override { return {{"batch_size", 256}, {"learning_rate", 0.002}}; }
  Json tiny_options() const override { return {{"dim", 16}, {"epochs", 3}}; }
  std::unique_ptr<Model> create(const ModelKind::Options& options, const VocabularyFacts& vocabulary) const override {
    const auto& own = dynamic_cast<const KindOptions&>(options).own;
    own.check();
    if (vocabulary.size <= kSpecialTokens) {
      fail("word2vec: a vocabulary of {} pieces, all of them special tokens; train a tokenizer on text with words",
           vocabulary.size);
    }
    return std::make_unique<Word2Vec>(own, vocabulary);
  }
};

}  // namespace

const ModelKind& kind() {
  static const Kind the_kind;
  return the_kind;
}

}  // namespace zoo::word2vec
