#include "models/transformer/options.h"
#include "models/transformer/transformer.h"
#include "models/transformer/window.h"
#include "tests/support/errors.h"

namespace zoo::transformer {
namespace {

using testing::HasSubstr;

std::unique_ptr<Model> random_model(Json options, std::int64_t vocabulary = 40) {
  Json all = {{"layers", 2}, {"width", 16}, {"heads", 2}, {"feed_forward", 24}, {"context", 8}, {"dropout", 0.0}};
  all.update(options);
  auto model = kind().create(
      all, {.size = vocabulary, .source_size = all.value("architecture", "") == "encoder-decoder" ? vocabulary : 0});
  torch::manual_seed(11);
  const torch::NoGradGuard no_gradient;
  for (auto& [name, tensor] : model->parts()) tensor.normal_(0, 0.4);
  model->differentiable()->module().eval();
  return model;
}

Tensor words(std::int64_t rows, std::int64_t steps) {
  torch::manual_seed(2);
  return torch::randint(kSpecialTokens, 40, {rows, steps}, torch::kInt64);
}

double largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

TEST(TransformerWindow, GrowsToTheContextThenMovesOnByTheStride) {
  const Window window{8, 3};
  std::int64_t held = 0;
  for (std::int64_t words = 1; words < 40; ++words) {
    held = held == 8 ? 8 - 3 + 1 : held + 1;
    EXPECT_EQ(window.kept(words), held) << words;
  }
}

TEST(TransformerLanguageModel, ScoresAStreamByOneRuleHoweverItIsCut) {
  for (const int stride : {0, 1, 3, 8}) {
    const auto model = random_model({{"stride", stride}});
    const auto text = words(1, 30);
    const auto before = torch::cat({torch::full({1, 1}, std::int64_t{kEnd}, torch::kInt64), text}, 1);
    std::vector<double> expected;
    for (std::int64_t t = 0; t < 30; ++t) {
      const auto next = model->next_word()->next(before.narrow(1, 0, t + 1));  // [1, V]
      expected.push_back(next[0][text[0][t].item<std::int64_t>()].item<double>());
    }
    for (const std::int64_t length : {30, 7, 1}) {
      State state;
      std::size_t at = 0;
      for (std::int64_t t = 0; t < 30; t += length) {
        const auto steps = std::min<std::int64_t>(length, 30 - t);
        Batch batch;
        batch.input = before.narrow(1, t, steps);
        batch.target = text.narrow(1, t, steps);
        batch.starts = torch::full({1}, t == 0, torch::kBool);
        const auto part = model->next_word()->score(batch, state);  // [1, T]
        for (std::int64_t i = 0; i < steps; ++i, ++at) {
          EXPECT_NEAR(part[0][i].item<double>(), expected[at], 1e-4) << at << ", cut by " << length << ", " << stride;
        }
      }
    }
  }
}

TEST(TransformerLanguageModel, WithCachedKeysAndValuesItSaysTheSameAsWithout) {
  for (const auto* positions : {"sinusoidal", "learned"}) {
    const auto model = random_model({{"stride", 3}, {"positions", positions}});
    const auto text = words(2, 25);
    State state;
    std::int64_t read = 0;
    for (const std::int64_t more : {4, 1, 1, 1, 1, 1, 1, 1, 5, 1, 8}) {
      const auto cached = model->next_word()->advance(text.narrow(1, read, more), state);
      read += more;
      EXPECT_LT(largest_difference(cached, model->next_word()->next(text.narrow(1, 0, read))), 1e-4) << read;
    }
    EXPECT_EQ(read, 25);
  }
}

TEST(TransformerLanguageModel, RowsOfABatchDoNotTouchEachOther) {
  const auto model = random_model(Json::object());
  const auto text = words(5, 7);
  const auto together = model->next_word()->next(text);
  for (std::int64_t row = 0; row < 5; ++row) {
    EXPECT_LT(largest_difference(model->next_word()->next(text.narrow(0, row, 1))[0], together[row]), 1e-5);
  }
}

TEST(TransformerLanguageModel, SlotsGoOnWhereTheyStoppedAndStartsForget) {
  const auto model = random_model(Json::object());
  const auto text = words(2, 6);
  const auto score = [&](const Tensor& input, const Tensor& target, std::vector<std::int64_t> slots,
                         std::vector<std::int64_t> lengths, bool starts, State& state) {
    Batch batch;
    batch.input = input;
    batch.target = target;
    batch.slots = torch::tensor(slots, torch::kInt64);
    batch.lengths = torch::tensor(lengths, torch::kInt64);
    batch.starts = torch::full({input.size(0)}, starts, torch::kBool);
    return model->next_word()->score(batch, state);
  };
  const auto input = text.narrow(1, 0, 5), target = text.narrow(1, 1, 5);
  State whole_state, state;
  const auto whole = score(input, target, {0, 1}, {5, 5}, true, whole_state);
  // Row 0 stops after two words, row 1 after three; they come again in the other order.
  const auto first = score(input.narrow(1, 0, 3), target.narrow(1, 0, 3), {0, 1}, {2, 3}, true, state);
  EXPECT_EQ(first[0][2].item<double>(), 0) << "beyond the row's length";
  const auto rest = torch::stack({input[1].narrow(0, 3, 2), input[0].narrow(0, 2, 2)});
  const auto wanted = torch::stack({target[1].narrow(0, 3, 2), target[0].narrow(0, 2, 2)});
  auto other = state;
  const auto second = score(rest, wanted, {1, 0}, {2, 2}, false, state);
  EXPECT_LT(largest_difference(second[0], whole[1].narrow(0, 3, 2)), 1e-4);
  EXPECT_LT(largest_difference(second[1], whole[0].narrow(0, 2, 2)), 1e-4);
  const auto fresh = score(rest, wanted, {1, 0}, {2, 2}, true, other);
  EXPECT_GT(largest_difference(fresh, second), 1e-3);
}

TEST(TransformerLanguageModel, ClozeLooksAtTheLeftOnlyAndTakesPaddingForTheTextsStart) {
  const auto model = random_model(Json::object());
  EXPECT_TRUE(model->cloze()->left_only());
  const auto left = torch::tensor({{0, 0, 0, 9, 17}, {30, 31, 32, 33, 34}, {0, 0, 0, 0, 0}}, torch::kInt64);
  const auto scores = model->cloze()->cloze(left, torch::full({3, 5}, 9, torch::kInt64));
  const auto next = [&](std::vector<std::int64_t> text) {
    return model->next_word()->next(torch::tensor(text, torch::kInt64).unsqueeze(0))[0];
  };
  EXPECT_LT(largest_difference(scores[0], next({kEnd, 9, 17})), 1e-4);
  EXPECT_LT(largest_difference(scores[1], next({30, 31, 32, 33, 34})), 1e-4);
  EXPECT_LT(largest_difference(scores[2], next({kEnd})), 1e-4);
  const auto longer = torch::arange(10, 30, torch::kInt64).unsqueeze(0);  // more than the context
  EXPECT_LT(largest_difference(model->cloze()->cloze(longer, longer)[0], next({22, 23, 24, 25, 26, 27, 28, 29})), 1e-4);
}

TEST(TransformerMaskedModel, ClozeReadsTheGapsOwnLine) {
  const auto model = random_model({{"architecture", "encoder"}, {"context", 16}});
  EXPECT_FALSE(model->cloze()->left_only());
  // The same line around the gap, once with another line before and behind it.
  const auto left = torch::tensor({{0, 0, 0, 9, 17}, {30, 31, kEnd, 9, 17}}, torch::kInt64);
  const auto right = torch::tensor({{18, 19, kEnd, 0, 0}, {18, 19, kEnd, 34, 35}}, torch::kInt64);
  const auto scores = model->cloze()->cloze(left, right);
  EXPECT_LT(largest_difference(scores[0], scores[1]), 1e-5);
  const auto other = model->cloze()->cloze(left, torch::tensor({{18, 20, kEnd, 0, 0}, {18, 20, kEnd, 0, 0}}));
  EXPECT_GT(largest_difference(scores, other), 1e-3);
}

TEST(TransformerMaskedModel, ClozeOfMoreThanTheContextKeepsWhatIsNearTheGap) {
  const auto model = random_model({{"architecture", "encoder"}, {"context", 8}});
  const auto left = torch::arange(10, 20, torch::kInt64).unsqueeze(0), right = torch::arange(20, 30).unsqueeze(0);
  const auto scores = model->cloze()->cloze(left, right);
  const auto near = model->cloze()->cloze(left.narrow(1, 6, 4), right.narrow(1, 0, 4));
  EXPECT_LT(largest_difference(scores, near), 1e-5);
}

TEST(TransformerVectors, DependOnTheSentenceButForTheWordsOwn) {
  for (const auto* architecture : {"decoder", "encoder"}) {
    const auto model = random_model({{"architecture", architecture}});
    auto& vectors = *model->context_vectors();
    EXPECT_EQ(vectors.context_layers(), (std::vector<std::string>{"word", "block 1", "block 2"}));
    WordRows rows;
    rows.words = torch::tensor({{9, 10, 11, 12}, {20, 10, 0, 0}}, torch::kInt64);
    rows.lengths = torch::tensor({4, 2}, torch::kInt64);
    State state;
    const auto both = vectors.context_vectors(rows, state);  // [L, B, T, D]
    ASSERT_EQ(both.sizes(), (std::vector<std::int64_t>{3, 2, 4, 16}));
    EXPECT_FALSE(both.requires_grad());
    EXPECT_LT(largest_difference(both[0][0][1], both[0][1][1]), 1e-6) << "the word's own vector is the same";
    EXPECT_GT(largest_difference(both[2][0][1], both[2][1][1]), 1e-3) << "in another sentence it is another";
    WordRows alone;
    alone.words = rows.words.narrow(0, 1, 1).narrow(1, 0, 2);
    alone.lengths = torch::tensor({2}, torch::kInt64);
    State other;
    const auto one = vectors.context_vectors(alone, other);
    EXPECT_LT(largest_difference(one.select(1, 0), both.select(1, 1).narrow(1, 0, 2)), 1e-5) << "padding is not read";
    // Longer than the context: in pieces, and no error.
    alone.words = words(1, 30);
    alone.lengths = torch::tensor({30}, torch::kInt64);
    EXPECT_EQ(vectors.context_vectors(alone, other).sizes(), (std::vector<std::int64_t>{3, 1, 30, 16}));
  }
}

TEST(TransformerAttention, WeightsAreWhatTheBlocksUseAndKeepTheirMasks) {
  const auto model = random_model(Json::object());
  auto& maps = *model->attention_maps();
  ASSERT_EQ(maps.attentions(), (std::vector<std::string>{"decoder"}));
  Batch batch;
  batch.input = words(3, 6);
  const auto weights = maps.attention_weights(batch, "decoder");  // [L, H, B, T, S]
  ASSERT_EQ(weights.sizes(), (std::vector<std::int64_t>{2, 2, 3, 6, 6}));
  EXPECT_LT(largest_difference(weights.sum(-1), torch::ones({2, 2, 3, 6})), 1e-5);
  EXPECT_EQ(weights.triu(1).abs().max().item<double>(), 0) << "no word sees a later one";
  EXPECT_THAT(error_of([&] { maps.attention_weights(batch, "cross"); }), HasSubstr("cross"));
  batch.input = words(1, 9);
  EXPECT_THAT(error_of([&] { maps.attention_weights(batch, "decoder"); }), HasSubstr("context"));
}

TEST(TransformerOptions, RefuseWhatDoesNotGoTogether) {
  const auto made = [](const Json& options, std::int64_t source = 0) {
    return error_of([&] { kind().create(options, {.size = 40, .source_size = source}); });
  };
  EXPECT_THAT(made({{"width", 512}, {"heads", 7}}), HasSubstr("try 4"));
  EXPECT_THAT(made({{"context", 8}, {"stride", 9}}), HasSubstr("model.stride"));
  EXPECT_THAT(made({{"tie", "all"}}), HasSubstr("model.tie"));
  EXPECT_THAT(made({{"architecture", "encoder-decoder"}}), HasSubstr("--source"));
  EXPECT_THAT(made({{"architecture", "encoder"}}, 30), HasSubstr("encoder-decoder"));
  EXPECT_THAT(made({{"architecture", "encoder-decoder"}, {"tie", "all"}}, 30), HasSubstr("one tokenizer"));
  EXPECT_THAT(made({{"architecture", "lstm"}}), HasSubstr("architecture"));
  EXPECT_THAT(made({{"layers", 256}, {"width", 16384}, {"heads", 1}}), HasSubstr("make it smaller"));
}

TEST(TransformerOptions, CountTheirParameters) {
  for (const auto* architecture : {"decoder", "encoder", "encoder-decoder"}) {
    for (const auto* norm : {"pre", "post"}) {
      for (const auto* positions : {"sinusoidal", "learned"}) {
        for (const auto* tie : {"none", "output", "all"}) {
          TransformerOptions options;
          options.architecture = architecture;
          options.norm = norm, options.positions = positions, options.tie = tie;
          options.layers = 2, options.source_layers = 3, options.width = 8, options.context = 6;
          if (options.tie == "all" && !options.translates()) continue;
          const std::int64_t source = !options.translates() ? 0 : options.tie == "all" ? 30 : 20;
          const auto model = kind().create(fields_of(options).to_json(), {.size = 30, .source_size = source});
          double count = 0;
          for (const auto& [name, tensor] : model->parts()) count += static_cast<double>(tensor.numel());
          EXPECT_EQ(count, options.parameters(30, source)) << architecture << norm << positions << tie;
        }
      }
    }
  }
}

TEST(TransformerTraining, LabelSmoothingIsTheMeanOverAllWords) {
  const auto options = [](double smoothing) { return Json{{"label_smoothing", smoothing}}; };
  const auto plain = random_model(options(0)), smooth = random_model(options(0.3));
  Batch batch;
  batch.input = words(2, 6);
  batch.target = batch.input.roll(1, 1).clone();
  batch.target[0][1] = kIgnored;
  State state;
  EXPECT_FLOAT_EQ(plain->differentiable()->loss(batch, state).sum.item<float>(),
                  smooth->differentiable()->loss(batch, state).sum.item<float>())
      << "validation is without";
  double expected = 0;  // from the whole distribution after each word
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t t = 0; t < 6; ++t) {
      const auto target = batch.target[b][t].item<std::int64_t>();
      if (target == kIgnored) continue;
      const auto log_p = plain->next_word()->next(batch.input[b].narrow(0, 0, t + 1).unsqueeze(0))[0];  // [V]
      expected -= 0.7 * log_p[target].item<double>() + 0.3 * log_p.mean().item<double>();
    }
  }
  smooth->differentiable()->module().train();
  EXPECT_NEAR(smooth->differentiable()->loss(batch, state).sum.item<double>() / expected, 1, 1e-4);
}

TEST(TransformerTraining, DecayIsForProductsAndTablesAlone) {
  const auto model = random_model({{"positions", "learned"}});
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    EXPECT_EQ(model->differentiable()->decays(parameter.key()), parameter->dim() == 2) << parameter.key();
  }
}

}  // namespace
}  // namespace zoo::transformer
