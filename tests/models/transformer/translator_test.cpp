#include <torch/optim/adam.h>

#include "models/runtime.h"
#include "models/transformer/transformer.h"
#include "tests/support/errors.h"

namespace zoo::transformer {
namespace {

constexpr std::int64_t kSource = 17, kTarget = 19;

std::unique_ptr<Model> translator(Json more = Json::object()) {
  Json options = {{"architecture", "encoder-decoder"},
                  {"layers", 1},
                  {"source_layers", 2},
                  {"width", 16},
                  {"heads", 2},
                  {"context", 12},
                  {"dropout", 0.0}};
  options.update(more);
  return kind().create(
      options, {.size = kTarget, .counts = {}, .source_size = options.value("tie", "") == "all" ? kTarget : kSource});
}

/// Four sentences and their translations: the same words in the other order.
Batch pairs() {
  Batch batch;
  batch.lengths = torch::tensor({6, 4, 2, 5}, torch::kInt64);
  batch.input = torch::full({4, 6}, std::int64_t{kPad}, torch::kInt64);        // [B, T]
  batch.other_input = torch::full({4, 6}, std::int64_t{kPad}, torch::kInt64);  // [B, S]
  batch.target = torch::full({4, 6}, kIgnored, torch::kInt64);                 // [B, S]
  torch::manual_seed(3);
  for (std::int64_t row = 0; row < 4; ++row) {
    const auto words = batch.lengths[row].item<std::int64_t>() - 1;
    const auto sentence = torch::randint(kSpecialTokens, kSource, {words}, torch::kInt64);
    batch.input[row].narrow(0, 0, words).copy_(sentence);
    batch.input[row][words] = kEnd;
    batch.other_input[row][0] = kBegin;
    batch.other_input[row].narrow(0, 1, words).copy_(sentence.flip(0));
    batch.target[row].narrow(0, 0, words).copy_(sentence.flip(0));
    batch.target[row][words] = kEnd;
  }
  return batch;
}

double train(Model& model, const Batch& batch, int steps) {
  auto& trained = *model.differentiable();
  trained.module().train();
  torch::optim::Adam adam(trained.module().parameters(), torch::optim::AdamOptions(0.01));
  double last = 0;
  for (int step = 0; step <= steps; ++step) {
    adam.zero_grad();
    State state;
    const auto loss = trained.loss(batch, state);
    last = loss.sum.item<double>() / static_cast<double>(loss.count);
    loss.sum.backward();
    if (step < steps) adam.step();
  }
  trained.module().eval();
  return last;
}

TEST(TransformerTranslator, LearnsAFewPairsByHeartAndEveryParameterGetsAGradient) {
  use_threads(1);
  for (const auto* norm : {"pre", "post"}) {
    const auto model = translator({{"norm", norm}});
    model->initialise(1);
    const auto batch = pairs();
    const auto first = train(*model, batch, 0);
    EXPECT_LT(train(*model, batch, 120), 0.1 * first) << norm;
    for (const auto& parameter : model->differentiable()->module().named_parameters()) {
      ASSERT_TRUE(parameter->grad().defined()) << parameter.key();
      EXPECT_GT(parameter->grad().abs().max().item<double>(), 0) << parameter.key();
    }
  }
}

TEST(TransformerTranslator, PaddingOfTheSourceIsNotRead) {
  const auto model = translator();
  model->initialise(2);
  model->differentiable()->module().eval();
  const auto batch = pairs();
  auto& translation = *model->translation();
  auto together = translation.encode(batch.input, batch.lengths);
  auto alone = translation.encode(batch.input.narrow(0, 2, 1).narrow(1, 0, 2), batch.lengths.narrow(0, 2, 1));
  for (std::int64_t t = 0; t < 3; ++t) {
    const auto all = translation.step(batch.other_input.select(1, t), together);
    const auto one = translation.step(batch.other_input.select(1, t).narrow(0, 2, 1), alone);
    EXPECT_LT((all[2] - one[0]).abs().max().item<double>(), 1e-5) << t;
    EXPECT_NEAR(one.exp().sum().item<double>(), 1, 1e-5);
  }
}

TEST(TransformerTranslator, WithAllTiedThereIsOneTableOfWords) {
  const auto model = translator({{"tie", "all"}});
  int tables = 0;
  for (const auto& [name, tensor] : model->parts()) tables += tensor.dim() == 2 && tensor.size(0) == kTarget;
  EXPECT_EQ(tables, 1);
  EXPECT_EQ(model->word_vectors(), nullptr);
  EXPECT_EQ(model->next_word(), nullptr);
  EXPECT_TRUE(std::holds_alternative<SentencePairs>(model->differentiable()->examples()));
}

TEST(TransformerTranslator, ShowsAllThreeOfItsAttentions) {
  const auto model = translator();
  model->initialise(2);
  const auto batch = pairs();
  auto& maps = *model->attention_maps();
  EXPECT_EQ(maps.attention_weights(batch, "encoder").sizes(), (std::vector<std::int64_t>{2, 2, 4, 6, 6}));
  EXPECT_EQ(maps.attention_weights(batch, "decoder").sizes(), (std::vector<std::int64_t>{1, 2, 4, 6, 6}));
  const auto cross = maps.attention_weights(batch, "cross");  // [L, H, B, S, T]
  EXPECT_EQ(cross.sizes(), (std::vector<std::int64_t>{1, 2, 4, 6, 6}));
  EXPECT_EQ(cross.select(2, 2).narrow(-1, 2, 4).abs().max().item<double>(), 0) << "padding is not looked at";
}

TEST(TransformerTranslator, ATranslationCannotBeLongerThanThePositions) {
  const auto model = translator();
  auto& translation = *model->translation();
  auto state = translation.encode(torch::full({1, 3}, 9, torch::kInt64), torch::tensor({3}));
  for (int i = 0; i < 12; ++i) translation.step(torch::tensor({9}), state);
  EXPECT_THAT(error_of([&] { translation.step(torch::tensor({9}), state); }), testing::HasSubstr("context"));
}

}  // namespace
}  // namespace zoo::transformer
