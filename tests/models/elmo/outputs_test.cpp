// ELMo with each of the house's output layers: exact probabilities in both directions whatever trains them.
#include <torch/optim/adam.h>

#include "models/elmo/elmo.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"

namespace zoo::elmo {
namespace {

constexpr std::int64_t kVocabulary = 40;

VocabularyFacts vocabulary() {
  auto facts = sample_vocabulary(kVocabulary);
  facts.counts.clear();
  for (std::int64_t i = 0; i < kVocabulary; ++i) facts.counts.push_back(i % 7 == 0 ? 0 : 1 + (i * 31) % 57);
  return facts;
}

class ElmoOutputs : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Model> model() const {
    Json options = kind().tiny_options();
    options.update({{"output_layer", GetParam()}, {"samples", 12}, {"cutoffs", {10, 25}}, {"shrink", 2}});
    auto made = kind().create(options, vocabulary());
    made->initialise(3);
    return made;
  }
  /// Both directions of a text in which each word tells the next: w, w + 1, …
  static Batch counting(std::int64_t rows, std::int64_t steps) {
    const auto first = torch::arange(rows, torch::kInt64).unsqueeze(1) * 3;
    const auto places = (first + torch::arange(steps + 1, torch::kInt64)) % (kVocabulary - kSpecialTokens);
    const auto words = places + std::int64_t{kSpecialTokens}, back = words.flip(1);  // [B, T + 1]
    Batch batch;
    batch.input = words.narrow(1, 0, steps);
    batch.target = words.narrow(1, 1, steps);
    batch.other_input = back.narrow(1, 0, steps);
    batch.other_target = back.narrow(1, 1, steps);
    batch.lengths = torch::full({rows}, steps, torch::kInt64);
    batch.slots = torch::arange(rows, torch::kInt64);
    batch.starts = torch::ones({rows}, torch::kBool);
    return batch;
  }
  static double exact_loss(Model& model, const Batch& batch) {
    Batch backward = batch;
    backward.input = batch.other_input;
    backward.target = batch.other_target;
    State state, other_state;
    return -0.5 * (model.next_word()->score(batch, state).sum().item<double>() +
                   dynamic_cast<BothWays&>(model).word_before()->score(backward, other_state).sum().item<double>());
  }
};

TEST_P(ElmoOutputs, SumToOneInBothDirections) {
  const auto made = model();
  const auto context = torch::randint(kSpecialTokens, kVocabulary, {3, 5}, torch::kInt64);
  auto* both = dynamic_cast<const BothWays*>(made.get());
  ASSERT_NE(both, nullptr);
  for (auto* words : {made->next_word(), both->word_before()}) {
    const auto p = words->next(context).to(torch::kDouble).exp();  // [3, V]
    EXPECT_EQ(p.size(1), kVocabulary);
    EXPECT_LT((p.sum(1) - 1).abs().max().item<double>(), 1e-5);
  }
}

TEST_P(ElmoOutputs, TrainingLowersTheExactLossOfBothDirections) {
  const auto made = model();
  auto& module = made->differentiable()->module();
  const auto batch = counting(4, 8);
  const auto before = exact_loss(*made, batch);
  torch::manual_seed(2);
  torch::optim::Adam adam(module.parameters(), 0.01);
  module.train();
  for (int step = 0; step < 60; ++step) {
    State state;
    adam.zero_grad();
    (made->differentiable()->loss(batch, state).sum / 32).backward();
    adam.step();
  }
  module.eval();
  const auto after = exact_loss(*made, batch);
  EXPECT_LT(after, 0.75 * before);
  State state;
  EXPECT_NEAR(made->differentiable()->loss(batch, state).sum.item<double>(), after, 1e-3 * after)
      << "in evaluation the loss is the exact one";
}

TEST_P(ElmoOutputs, AFileGivesTheSameScoresWithoutTheTextsCounts) {
  const auto made = model();
  torch::manual_seed(4);
  {
    const torch::NoGradGuard no_gradient;
    for (auto& parameter : made->differentiable()->module().named_parameters()) {
      if (parameter.key().starts_with("softmax.")) parameter->normal_(0, 0.5);
    }
  }
  const auto copy = kind().create(made->options(), sample_vocabulary(kVocabulary));
  Parts saved;
  for (const auto& [name, tensor] : made->parts()) saved.emplace_back(name, tensor.clone());
  copy->load_parts(saved);
  const auto context = torch::randint(kSpecialTokens, kVocabulary, {2, 4}, torch::kInt64);
  EXPECT_TRUE(torch::equal(made->next_word()->next(context), copy->next_word()->next(context)));
  EXPECT_TRUE(torch::equal(dynamic_cast<BothWays&>(*made).word_before()->next(context),
                           dynamic_cast<BothWays&>(*copy).word_before()->next(context)));
}

TEST_P(ElmoOutputs, HaveAsManyParametersAsTheFormulaSays) {
  const auto made = model();
  ElmoOptions options;
  auto fields = fields_of(options);
  fields.read_json(made->options(), "model");
  std::int64_t count = 0;
  for (const auto& parameter : made->differentiable()->module().parameters()) count += parameter.numel();
  EXPECT_EQ(static_cast<double>(count), options.parameters(kVocabulary));
}

INSTANTIATE_TEST_SUITE_P(Layers, ElmoOutputs, testing::Values("full", "hierarchical", "nce", "sampled", "adaptive"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace zoo::elmo
