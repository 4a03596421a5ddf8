#include <torch/optim/adam.h>

#include <map>

#include "models/decoding.h"
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
  const auto together = decode(translation, batch.input, batch.lengths);
  const auto alone = decode(translation, batch.input.narrow(0, 2, 1).narrow(1, 0, 2), batch.lengths.narrow(0, 2, 1));
  for (std::int64_t t = 0; t < 3; ++t) {
    const auto all = together->step(batch.other_input.select(1, t));
    const auto one = alone->step(batch.other_input.select(1, t).narrow(0, 2, 1));
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
  const auto decoding = decode(translation, torch::full({1, 3}, 9, torch::kInt64), torch::tensor({3}));
  for (int i = 0; i < 12; ++i) decoding->step(torch::tensor({9}));
  EXPECT_THAT(error_of([&] { decoding->step(torch::tensor({9})); }), testing::HasSubstr("context"));
}

TEST(TransformerTranslator, WhatIsKeptOfTheWordsBeforeChangesNothingHoweverRowsArePicked) {
  for (const auto* norm : {"pre", "post"}) {
    const auto model = translator({{"norm", norm}, {"layers", 2}, {"context", 80}});
    model->initialise(2);
    model->differentiable()->module().eval();
    const auto batch = pairs();
    const auto cached = decode(*model->translation(), batch.input, batch.lengths);
    auto plain = model->translation()->encode(batch.input, batch.lengths);
    torch::manual_seed(8);
    std::int64_t rows = 4;
    // As beams do it: rows multiply, change places, leave unevenly, and a sentence leaves.
    const std::map<int, std::vector<std::int64_t>> picks = {{0, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}},
                                                            {2, {2, 1, 0, 3, 3, 5, 6, 6, 6, 9, 10, 11}},
                                                            {40, {0, 2, 3, 4, 5, 6, 9, 10, 11}},
                                                            {41, {1, 0, 0, 3, 4, 4, 5, 7, 8}},
                                                            {42, {0, 1, 2, 6, 6, 7}},
                                                            {43, {3, 0}},
                                                            {44, {0, 1}}};
    for (int step = 0; step < 70; ++step) {  // more than the room that is made at first
      const auto words = torch::randint(kSpecialTokens, kTarget, {rows}, torch::kInt64);
      const auto got = cached->step(words), expected = model->translation()->step(words, plain);  // [R, V]
      ASSERT_EQ(got.sizes(), expected.sizes());
      ASSERT_LT((got - expected).abs().max().item<double>(), 1e-4) << norm << " " << step;
      const auto pick = picks.find(step);
      if (pick == picks.end()) continue;
      const auto chosen = torch::tensor(pick->second, torch::kInt64);
      cached->pick(chosen);
      for (auto& tensor : plain) tensor = tensor.index_select(0, chosen);
      rows = chosen.size(0);
    }
  }
}

TEST(TransformerTranslator, MadeReadyForInferenceItSaysTheSameAndAlmostTheSameInRoundedNumbers) {
  const Json options[] = {{{"norm", "pre"}}, {{"norm", "post"}, {"tie", "all"}}, {{"activation", "swiglu"}}};
  for (const auto& given : options) {
    for (const auto& [precision, bound] :
         {std::pair(Precision::fp32, 1e-5), std::pair(Precision::bf16, 0.1), std::pair(Precision::int8, 0.2)}) {
      const auto model = translator(given);
      model->initialise(2);
      model->differentiable()->module().eval();
      const auto batch = pairs();
      const auto words = batch.other_input.select(1, 0);
      const auto before = decode(*model->translation(), batch.input, batch.lengths)->step(words);  // [B, V]
      ASSERT_TRUE(model->prepare(precision));
      const auto after = decode(*model->translation(), batch.input, batch.lengths)->step(words);  // [B, V]
      EXPECT_LT((after - before).abs().max().item<double>(), bound) << given.dump() << static_cast<int>(precision);
      EXPECT_NEAR(after[0].exp().sum().item<double>(), 1, 1e-5);
      if (precision != Precision::fp32) {
        EXPECT_FALSE(torch::equal(after, before)) << "nothing was rounded";
      }
    }
  }
}

}  // namespace
}  // namespace zoo::transformer
