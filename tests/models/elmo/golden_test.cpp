// Held to an independent implementation: tests/parity/make_elmo.py, numpy, word by word.
#include "formats/safetensors.h"
#include "models/elmo/elmo.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::elmo {
namespace {

class ElmoGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto file = ZOO_SOURCE_DIR "/tests/data/elmo/" + GetParam() + ".safetensors";
    const SafetensorsFile golden(file);
    VocabularyFacts vocabulary;
    vocabulary.pieces = Json::parse(golden.metadata().at("pieces")).get<std::vector<std::string>>();
    vocabulary.size = std::ssize(vocabulary.pieces);
    model_ = kind().create(Json::parse(golden.metadata().at("options")), vocabulary);
    for (const auto& [name, tensor] : load_tensors(file)) stored_[name] = tensor;
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : model_->parts()) {
      if (name == "word_vectors.weight") continue;
      const auto& saved = stored_.at("parameter." + name);
      ASSERT_EQ(tensor.sizes(), saved.sizes()) << name;
      tensor.copy_(saved);
    }
  }

  void expect_stored(const Tensor& result, const std::string& name, double tolerance) {
    const auto& wanted = stored_.at(name);
    ASSERT_EQ(result.sizes(), wanted.sizes()) << name;
    if (wanted.numel() == 0) return;
    EXPECT_LT((result.to(torch::kDouble) - wanted).abs().max().item<double>(), tolerance) << name;
  }
  Batch stream(int number) {
    const auto name = fmt::format("stream.{}.", number);
    Batch batch;
    batch.input = stored_.at(name + "input");
    batch.target = stored_.at(name + "target");
    batch.other_input = stored_.at(name + "other_input");
    batch.other_target = stored_.at(name + "other_target");
    batch.slots = torch::arange(batch.input.size(0), torch::kInt64);
    batch.starts = torch::full({batch.input.size(0)}, number == 0, torch::kBool);
    return batch;
  }

  std::map<std::string, Tensor> stored_;
  std::unique_ptr<Model> model_;
};

TEST_P(ElmoGolden, WordVectorsAgree) { expect_stored(model_->word_vectors()->vectors(), "word_vectors", 1e-5); }

TEST_P(ElmoGolden, VectorsInContextAgreeWithTheStateCarried) {
  State state;
  for (int number = 0; number < 2; ++number) {
    const auto name = fmt::format("sentences.{}.", number);
    const WordRows rows{stored_.at(name + "words"), stored_.at(name + "lengths"), {}};
    expect_stored(model_->context_vectors()->context_vectors(rows, state), name + "vectors", 1e-5);
  }
}

TEST_P(ElmoGolden, LossesAgreeWithTheStateCarried) {
  State state;
  for (int number = 0; number < 2; ++number) {
    const auto loss = model_->differentiable()->loss(stream(number), state);
    expect_stored(loss.sum.detach().view({1}), fmt::format("stream.{}.loss", number), 1e-4);
  }
}

TEST_P(ElmoGolden, GradientsAreTheLossesSlopes) {
  State state;
  model_->differentiable()->loss(stream(0), state).sum.backward();
  for (const auto& parameter : model_->differentiable()->module().named_parameters()) {
    const auto slope = (parameter->grad() * stored_.at("direction." + parameter.key())).sum().view({1});
    const auto size = std::abs(stored_.at("slope." + parameter.key()).item<double>());
    expect_stored(slope, "slope." + parameter.key(), 1e-4 * std::max(1.0, size));
  }
}

TEST_P(ElmoGolden, ScoresForAMissingAndForTheNextWordAgree) {
  expect_stored(model_->cloze()->cloze(stored_.at("cloze.left"), stored_.at("cloze.right")), "cloze.scores", 1e-4);
  expect_stored(model_->next_word()->next(stored_.at("next.context")), "next.log_p", 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Cases, ElmoGolden, testing::Values("skip_relu", "plain_tanh"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace zoo::elmo
