#pragma once

#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "batches/batcher.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"

namespace zoo::contract {

inline constexpr std::int64_t kVocabulary = 200;

/// Every variant of every model of the table keeps the contract, whether a comparison shows it or not.
struct Subject {
  const ModelKind* kind;
  Variant variant;

  /// The variant's options at a size for tests.
  Json options() const {
    Json options = variant.options;
    options.update(kind->tiny_options());
    return options;
  }
  friend void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.variant.name; }
};

inline std::vector<Subject> subjects() {
  std::vector<Subject> all;
  for (const ModelKind* kind : model_table()) {
    for (const Variant& variant : kind->variants()) all.push_back({kind, variant});
    for (const Variant& variant : kind->other_variants()) all.push_back({kind, variant});
  }
  return all;
}

/// The vocabulary as it is known when a saved model is loaded: without counts.
inline VocabularyFacts saved_vocabulary() {
  auto facts = sample_vocabulary(kVocabulary);
  facts.counts.clear();
  return facts;
}

/// Those whose model can do something.
template <class Has>
std::vector<Subject> subjects_with(Has has) {
  std::vector<Subject> able;
  const auto vocabulary = sample_vocabulary(kVocabulary);
  for (Subject& subject : subjects()) {
    if (has(*subject.kind->create(subject.options(), vocabulary))) able.push_back(std::move(subject));
  }
  return able;
}

inline std::string name_of(const testing::TestParamInfo<Subject>& info) {
  std::string name = std::string(info.param.kind->name()) + "_" + info.param.variant.name;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

/// Lines of words in which some follow each other often; the same for the same seed.
inline Corpus text(std::int64_t lines, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<TokenId>> result;
  for (std::int64_t i = 0; i < lines; ++i) {
    auto& line = result.emplace_back();
    TokenId word = kSpecialTokens;
    for (std::uint64_t length = 6 + random.below(10); length > 0; --length) {
      const auto any = static_cast<TokenId>(random.below(kVocabulary - kSpecialTokens)) + kSpecialTokens;
      word = random.below(3) == 0 ? any : (word * 7 + 11) % (kVocabulary - kSpecialTokens) + kSpecialTokens;
      line.push_back(word);
    }
    line.push_back(kEnd);
  }
  return Corpus::from_lines(result, kVocabulary);
}

class ModelContract : public testing::TestWithParam<Subject> {
 protected:
  void SetUp() override { use_threads(1); }

  std::unique_ptr<Model> make() const {
    const auto counts = corpus_.counts();
    auto facts = sample_vocabulary(kVocabulary);
    facts.counts.assign(counts.begin(), counts.end());
    auto model = GetParam().kind->create(GetParam().options(), facts);
    model->initialise(7);
    return model;
  }
  /// As it comes out of a short training: all of it where it trains itself, a few steps of Adam where by gradient.
  std::unique_ptr<Model> trained(int steps = 5) const {
    auto model = make();
    if (auto* self_trained = model->self_trained()) {
      self_trained->begin(corpus_, 7, 1);
      while (!self_trained->advance().finished) {
      }
    } else if (model->differentiable() != nullptr) {
      train_on(*model, first_batch(*model), steps);
    }
    return model;
  }
  Batch first_batch(Model& model) const {
    BatcherOptions options;
    options.batch_size = 8;
    options.prefetch = 0;
    return Batcher(corpus_, model.differentiable()->examples(), options).next();
  }
  /// Mean loss before each step on one and the same batch, and after the last.
  static std::vector<double> train_on(Model& model, const Batch& batch, int steps) {
    auto& trained = *model.differentiable();
    seed_torch(7);
    trained.module().train();
    torch::optim::Adam adam(trained.module().parameters(), torch::optim::AdamOptions(0.03));
    std::vector<double> losses;
    for (int step = 0; step <= steps; ++step) {
      adam.zero_grad();
      State state;
      const Loss loss = trained.loss(batch, state);
      losses.push_back(loss.sum.item<double>() / static_cast<double>(loss.count));
      (loss.sum / static_cast<double>(loss.count)).backward();
      if (step < steps) adam.step();
    }
    trained.module().eval();
    return losses;
  }
  /// One row of a stream: [1, T].
  static Batch stream(const std::vector<std::int64_t>& words) {
    Batch batch;
    batch.target = torch::tensor(words).unsqueeze(0);  // [1, T]
    batch.input = torch::cat({torch::full({1, 1}, kEnd, torch::kLong), batch.target.slice(1, 0, -1)}, 1);
    batch.lengths = torch::full({1}, std::ssize(words), torch::kLong);
    batch.slots = torch::zeros({1}, torch::kLong);
    batch.starts = torch::ones({1}, torch::kBool);
    return batch;
  }
  std::vector<std::int64_t> words(std::size_t count) const {
    return std::vector<std::int64_t>(corpus_.ids().begin(), corpus_.ids().begin() + static_cast<std::ptrdiff_t>(count));
  }

  Corpus corpus_ = text(60, 1);
};

/// Same names, types, shapes and bytes.
inline void expect_same_bytes(const Parts& a, const Parts& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    const Tensor x = a[i].second.contiguous(), y = b[i].second.contiguous();
    ASSERT_EQ(x.scalar_type(), y.scalar_type()) << a[i].first;
    ASSERT_EQ(x.sizes(), y.sizes()) << a[i].first;
    EXPECT_EQ(std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()), 0) << a[i].first << " differs";
  }
}

/// By name, as files give them.
inline Parts sorted(Parts parts) {
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return parts;
}

/// The parts through a safetensors file.
inline Parts through_file(Model& model) {
  const TemporaryFolder folder;
  save_tensors(folder.path() / "model.safetensors", model.parts());
  Parts parts;
  for (const auto& [name, tensor] : load_tensors(folder.path() / "model.safetensors")) {
    parts.emplace_back(name, tensor.clone());
  }
  return parts;
}

}  // namespace zoo::contract
