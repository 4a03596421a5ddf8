#include "models/elmo/elmo.h"

#include "base/files.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kVocabulary = 30;

Json small(const Json& more = Json::object()) {
  Json options = kind().tiny_options();
  options.update(more);
  return options;
}

/// Some numbers everywhere, different from one seed to the next.
std::unique_ptr<Model> random_model(const Json& more = Json::object(), std::uint64_t seed = 11) {
  auto model = kind().create(small(more), sample_vocabulary(kVocabulary));
  torch::manual_seed(seed);
  const torch::NoGradGuard no_gradient;
  for (auto& [name, tensor] : model->parts()) {
    if (name != "word_vectors.weight") tensor.normal_(0, 0.4);
  }
  return model;
}

/// The same model with its two directions exchanged.
std::unique_ptr<Model> exchanged(Model& model) {
  auto other = random_model(Json::object(), 1);
  Parts parts;
  for (auto [name, tensor] : model.parts()) {
    if (name.starts_with("forward.")) {
      name = "backward." + name.substr(8);
    } else if (name.starts_with("backward.")) {
      name = "forward." + name.substr(9);
    }
    parts.emplace_back(name, tensor.clone());
  }
  other->load_parts(parts);
  return other;
}

Tensor random_words(at::IntArrayRef shape, std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::randint(kSpecialTokens, kVocabulary, shape, torch::kInt64);
}

/// One batch of both directions, each of its own words; the first of `input` stands before the first target.
Batch random_batch(std::int64_t rows, std::int64_t steps) {
  const auto words = random_words({rows, steps + 1}, 2), others = random_words({rows, steps + 1}, 3);
  Batch batch;
  batch.input = words.narrow(1, 0, steps);
  batch.target = words.narrow(1, 1, steps);
  batch.other_input = others.narrow(1, 0, steps);
  batch.other_target = others.narrow(1, 1, steps);
  batch.lengths = torch::full({rows}, steps, torch::kInt64);
  batch.slots = torch::arange(rows, torch::kInt64);
  batch.starts = torch::ones({rows}, torch::kBool);
  return batch;
}

Batch part_of(const Batch& batch, std::int64_t first, std::int64_t steps) {
  Batch part = batch;
  for (auto* tensor : {&part.input, &part.target, &part.other_input, &part.other_target}) {
    *tensor = tensor->narrow(1, first, steps);
  }
  part.lengths = torch::full_like(batch.lengths, steps);
  part.starts = torch::full_like(batch.starts, first == 0);
  return part;
}

double loss_of(Model& model, const Batch& batch, State& state) {
  return model.differentiable()->loss(batch, state).sum.item<double>();
}

double largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

TEST(Elmo, TheLossIsTheMeanOfBothDirections) {
  const auto model = random_model(), other = exchanged(*model);
  const auto batch = random_batch(3, 7);
  Batch backward = batch;
  backward.input = batch.other_input;
  backward.target = batch.other_target;
  State state, forward_state, backward_state;
  const auto loss = model->differentiable()->loss(batch, state);
  const auto expected = -0.5 * (model->next_word()->score(batch, forward_state).sum().item<double>() +
                                other->next_word()->score(backward, backward_state).sum().item<double>());
  EXPECT_NEAR(loss.sum.item<double>(), expected, 1e-3);
  EXPECT_EQ(loss.count, 21);
  EXPECT_EQ(loss.unit, Unit::token);
}

TEST(Elmo, TheStateMakesTwoHalvesOneWholeInBothDirections) {
  const auto model = random_model();
  const auto batch = random_batch(3, 8);
  State whole, halves, forgotten;
  const auto expected = loss_of(*model, batch, whole);
  const auto first = loss_of(*model, part_of(batch, 0, 5), halves);
  const auto second = loss_of(*model, part_of(batch, 5, 3), halves);
  EXPECT_NEAR(first + second, expected, 1e-3);
  ASSERT_EQ(whole.size(), 8U);  // h and c of two LSTMs in each of two directions
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_LT(largest_difference(whole[i], halves[i]), 1e-5);
  EXPECT_GT(std::abs(loss_of(*model, part_of(batch, 5, 3), forgotten) - second), 1e-3);
}

TEST(Elmo, EachSlotHasItsOwnStateAndAStartForgetsIt) {
  const auto model = random_model();
  const auto batch = random_batch(3, 8);
  State state, straight;
  loss_of(*model, part_of(batch, 0, 5), state);
  loss_of(*model, part_of(batch, 0, 5), straight);
  auto second = part_of(batch, 5, 3);
  const auto expected = loss_of(*model, second, straight);
  const auto order = torch::tensor({2, 0, 1}, torch::kInt64);
  for (auto* tensor : {&second.input, &second.target, &second.other_input, &second.other_target}) {
    *tensor = tensor->index_select(0, order);
  }
  second.slots = order;
  EXPECT_NEAR(loss_of(*model, second, state), expected, 1e-3);
  for (std::size_t i = 0; i < state.size(); ++i) EXPECT_LT(largest_difference(state[i], straight[i]), 1e-5);

  State fresh;
  second.starts = torch::ones({3}, torch::kBool);
  EXPECT_NEAR(loss_of(*model, second, state), loss_of(*model, second, fresh), 1e-4);
}

TEST(Elmo, AGrowingTextIsReadOnFromItsState) {
  const auto model = random_model();
  const auto words = random_words({2, 6}, 8);
  State state;
  model->next_word()->advance(words.narrow(1, 0, 3), state);
  model->next_word()->advance(words.narrow(1, 3, 1), state);
  const auto last = model->next_word()->advance(words.narrow(1, 4, 2), state);  // [B, V]
  EXPECT_LT(largest_difference(last, model->next_word()->next(words)), 1e-5);
  EXPECT_EQ(state.size(), 4U) << "h and c of the forward model's two LSTMs";
}

TEST(Elmo, CarriedStateHoldsNoGradient) {
  const auto model = random_model();
  State state;
  model->differentiable()->loss(random_batch(2, 4), state).sum.backward();
  for (const auto& tensor : state) EXPECT_FALSE(tensor.requires_grad());
}

TEST(Elmo, ClozeAddsBothSidesAndTakesTheUnigramAway) {
  const auto model = random_model(), other = exchanged(*model);
  const auto left = random_words({2, 4}, 5), right = random_words({2, 4}, 6);
  Tensor unigram;
  for (const auto& [name, tensor] : model->parts()) {
    if (name == "log_unigram") unigram = tensor;
  }
  const auto expected = model->next_word()->next(left) + other->next_word()->next(right.flip(1)) - unigram;
  EXPECT_LT(largest_difference(model->cloze()->cloze(left, right), expected), 1e-4);
  EXPECT_FALSE(model->cloze()->left_only());
}

TEST(Elmo, ClozeReadsFromTheTextsEndsWhereTheyAreNear) {
  const auto model = random_model();
  const auto left = torch::tensor({{0, 0, 9, 8}, {0, 0, 0, 0}}, torch::kInt64);
  const auto right = random_words({2, 4}, 6);
  const auto scores = model->cloze()->cloze(left, right);
  for (std::int64_t row = 0; row < 2; ++row) {
    // What the left side gives is all that differs from another left side.
    const auto words = row == 0 ? torch::tensor({{std::int64_t{kEnd}, std::int64_t{9}, std::int64_t{8}}})
                                : torch::tensor({{std::int64_t{kEnd}}});
    const auto elsewhere = torch::tensor({{5, 6, 7, 8}}, torch::kInt64);
    const auto difference = model->next_word()->next(words) - model->next_word()->next(elsewhere);
    const auto other = model->cloze()->cloze(elsewhere, right.narrow(0, row, 1));
    EXPECT_LT(largest_difference(scores.narrow(0, row, 1) - other, difference), 1e-4);
  }
}

TEST(Elmo, UnigramIsTheTrainingTextsAndIsSaved) {
  auto facts = sample_vocabulary(kVocabulary);
  facts.counts.assign(kVocabulary, 0);
  facts.counts[7] = 30;
  facts.counts[8] = 10;
  const auto model = kind().create(small(), facts);
  model->initialise(1);
  for (const auto& [name, tensor] : model->parts()) {
    if (name != "log_unigram" && name != "softmax.bias") continue;
    EXPECT_NEAR(tensor[7].exp().item<double>(), 30.5 / 55, 1e-5) << name;
    EXPECT_NEAR(tensor.exp().sum().item<double>(), 1, 1e-5) << name;
  }
}

TEST(Elmo, MarksAreReadAsCharactersOfTheirOwn) {
  const auto model = random_model();
  const auto table = model->word_vectors()->vectors();  // [V, P]
  EXPECT_GT(largest_difference(table[kBegin], table[kEnd]), 1e-3);
  // In the stream a line's end is for the forward model the begin of the next.
  const auto before_end = model->next_word()->next(torch::tensor({{7, 3}}, torch::kInt64));
  const auto before_begin = model->next_word()->next(torch::tensor({{7, 2}}, torch::kInt64));
  EXPECT_EQ(largest_difference(before_end, before_begin), 0);
}

TEST(Elmo, TheCharacterNetworkRunsOnceForEachDistinctWordWithTheSameGradients) {
  const ElmoOptions options = [] {
    ElmoOptions values;
    auto fields = fields_of(values);
    fields.read_json(small(), "model");
    return values;
  }();
  TokenLayer token(options, sample_vocabulary(kVocabulary));
  auto random = at::detail::createCPUGenerator(4);
  token->initialise(random);
  const auto words = torch::tensor({{7, 8, 7}, {9, 7, 8}}, torch::kInt64);
  const auto pull = torch::randn({2, 3, options.projection});
  const auto vectors = token(words);  // [2, 3, P]
  (vectors * pull).sum().backward();
  std::vector<Tensor> gradients;
  for (const auto& parameter : token->parameters()) gradients.push_back(parameter.grad().clone());
  token->zero_grad();

  std::vector<Tensor> ids;
  for (const auto* word : {"7", "8", "7", "9", "7", "8"}) {
    ids.push_back(torch::empty({options.max_characters}, torch::kInt16));
    write_character_ids(word, {ids.back().data_ptr<std::int16_t>(), static_cast<std::size_t>(options.max_characters)});
  }
  const auto each = token->characters(torch::stack(ids)).view_as(vectors);
  (each * pull).sum().backward();
  EXPECT_LT(largest_difference(vectors, each), 1e-5);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    EXPECT_LT(largest_difference(gradients[i], token->parameters()[i].grad()), 1e-4) << i;
  }
  const torch::NoGradGuard no_gradient;
  EXPECT_LT(largest_difference(token(words), each), 1e-5) << "the table has other vectors";
}

TEST(Elmo, PaddingThatNoFilterNeedsChangesNothing) {
  ElmoOptions options;
  options.filter_widths = {1, 5};
  options.filter_counts = {6, 6};
  options.highways = 0;
  options.projection = 12;
  CharacterCnn cnn(options);
  auto random = at::detail::createCPUGenerator(4);
  cnn->initialise(random);
  const torch::NoGradGuard no_gradient;
  for (auto& bias : cnn->filter_biases) bias.normal_();
  cnn->projection->weight.copy_(torch::eye(12));
  for (const std::size_t length : {0UL, 3UL, 44UL, 48UL}) {
    auto ids = torch::empty({1, 50}, torch::kInt16);
    write_character_ids(std::string(length, 'q'), {ids.data_ptr<std::int16_t>(), 50});
    const auto x = cnn->characters(ids.to(torch::kInt64)).transpose(1, 2);  // [1, d, 50]
    std::vector<Tensor> groups;
    for (std::size_t i = 0; i < 2; ++i) {
      groups.push_back(torch::conv1d(x, cnn->filter_weights[i], cnn->filter_biases[i]).amax(2));
    }
    EXPECT_LT(largest_difference(cnn(ids), torch::relu(torch::cat(groups, 1))), 1e-5) << length;
  }
}

TEST(Elmo, WordVectorsFollowTheParametersAndComeBackFromAFile) {
  const auto model = random_model();
  const auto before = model->word_vectors()->vectors().clone();
  auto parts = model->parts();
  auto copy = random_model(Json::object(), 99);
  copy->load_parts(parts);
  EXPECT_TRUE(torch::equal(copy->word_vectors()->vectors(), before));
  {
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : parts) {
      if (name.starts_with("token.")) tensor.mul_(1.5);
    }
  }
  EXPECT_GT(largest_difference(model->word_vectors()->vectors(), before), 1e-3);
}

TEST(Elmo, HasAsManyParametersAsTheFormulaAndThePaperSay) {
  for (const Json& more : {Json::object(), Json{{"highways", 2}, {"layers", 3}}, Json{{"token_layer", "words"}},
                           Json{{"softmax", "none"}}}) {
    const auto model = kind().create(small(more), sample_vocabulary(kVocabulary));
    ElmoOptions options;
    auto fields = fields_of(options);
    fields.read_json(model->options(), "model");
    std::int64_t count = 0;
    for (const auto& [name, tensor] : model->parts()) {
      if (name != "word_vectors.weight" && name != "log_unigram") count += tensor.numel();
    }
    EXPECT_EQ(static_cast<double>(count), options.parameters(kVocabulary)) << more;
  }
  ElmoOptions paper;
  auto fields = fields_of(paper);
  fields.read_json(read_json(ZOO_SOURCE_DIR "/models/elmo/configs/paper.json").at("model"), "model");
  paper.softmax = "none";
  EXPECT_EQ(paper.parameters(0), 93'600'864);  // 93.6 million, as published, and a row of zeros for no character
}

TEST(Elmo, RefusesWhatCannotBe) {
  const auto refusal = [](const Json& more) {
    return error_of([&] { kind().create(small(more), sample_vocabulary(kVocabulary)); });
  };
  EXPECT_THAT(refusal({{"filter_counts", {3}}}), HasSubstr("model.filter_counts: 1 numbers for 3"));
  EXPECT_THAT(refusal({{"filter_widths", {1, 2, 13}}}), HasSubstr("13 is more than model.max_characters, 12"));
  EXPECT_THAT(refusal({{"cell", 1 << 17}, {"projection", 1 << 16}}), HasSubstr("make it smaller"));
  EXPECT_THAT(error_of([] { kind().create(small(), VocabularyFacts{kVocabulary, {}}); }), HasSubstr("letters"));
}

TEST(Elmo, WithoutSoftmaxItGivesVectorsOnly) {
  const auto model = random_model({{"softmax", "none"}});
  EXPECT_EQ(model->differentiable(), nullptr);
  EXPECT_EQ(model->next_word(), nullptr);
  EXPECT_EQ(model->cloze(), nullptr);
  EXPECT_NE(model->word_vectors(), nullptr);
  EXPECT_NE(model->context_vectors(), nullptr);
  for (const auto& [name, tensor] : model->parts()) EXPECT_FALSE(name.starts_with("softmax")) << name;
}

}  // namespace
}  // namespace zoo::elmo
