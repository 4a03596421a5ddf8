// The tagger itself: its equation, what it saves, and that it learns from what is in the vectors and nothing else.
#include "models/tagger/tagger.h"

#include "base/files.h"
#include "evaluation/tags.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "runs/run_folder.h"
#include "tests/support/errors.h"
#include "training/example_trainer.h"

namespace zoo::tagger {
namespace {

using testing::HasSubstr;

TaggerOptions options_of(std::int64_t layers, std::int64_t hidden = 16) {
  return {.hidden_size = hidden, .dropout = 0, .width = 6, .layers = layers, .tags = {"a", "b", "c"}};
}

/// 600 words whose tag is the sign of a number that stands in layer 1 only.
struct Toy {
  Tensor vectors = torch::randn({600, 3, 6});                               // [N, L, D]
  Tensor tags = vectors.select(1, 1).select(1, 2).gt(0).to(torch::kInt64);  // [N]
};

TrainingOutcome train(Tagger& tagger, const Toy& toy, const WordFeatures& features, ExampleTrainingOptions options) {
  auto& network = tagger.network();
  network->train();
  Parts parameters;
  for (const auto& p : network->named_parameters()) parameters.emplace_back(p.key(), p.value());
  ExampleProblem problem{.examples = 500,
                         .loss =
                             [&](const Tensor& places) {
                               return torch::nll_loss(network(features.at(places)).log_softmax(1),
                                                      toy.tags.index_select(0, places));
                             },
                         .validate = [&]() -> ExampleProblem::Score {
                           const auto scores = tagger.tag_scores(features.at(torch::arange(500, 600)));
                           const auto wanted = toy.tags.narrow(0, 500, 100);
                           return {torch::nll_loss(scores.log_softmax(1), wanted).item<double>(),
                                   scores.argmax(1).eq(wanted).to(torch::kDouble).mean().item<double>()};
                         }};
  const TemporaryFolder folder;
  auto run = RunFolder::create(folder.path() / "run");
  return train_on_examples(problem, parameters, options, 1, run, {}, [](const Json&) {});
}

TEST(Tagger, ScoresAreThoseOfItsEquation) {
  Tagger tagger(options_of(3));
  tagger.initialise(5);
  auto& n = *tagger.network();
  {
    const torch::NoGradGuard no_gradient;
    n.mean.normal_();
    n.deviation.uniform_(0.5, 2);
    n.mix->scalars.copy_(torch::tensor({0.3F, -1.0F, 0.7F}));
    n.mix->gamma.fill_(1.5);
  }
  const auto h = torch::randn({4, 3, 6});
  const auto s = n.mix->scalars.detach().exp() / n.mix->scalars.detach().exp().sum();
  auto k = torch::zeros({4, 6});
  for (int l = 0; l < 3; ++l) k += s[l] * (h.select(1, l) - n.mean[l]) / n.deviation[l];
  const auto hidden = (1.5 * k).matmul(n.hidden->weight.t()).add(n.hidden->bias).clamp_min(0);
  const auto wanted = hidden.matmul(n.output->weight.t()) + n.output->bias;
  EXPECT_LT((tagger.tag_scores(h) - wanted).abs().max().item<double>(), 1e-5);
}

TEST(Tagger, FindsTheLayerThatHoldsTheTagAndWithoutItLearnsNothing) {
  torch::manual_seed(3);
  const Toy toy;
  const ExampleTrainingOptions options{.epochs = 1, .min_steps = 600, .batch_size = 50, .learning_rate = 0.01};
  Tagger all(options_of(3));
  all.initialise(1);
  const WordFeatures features(toy.vectors);
  train(all, toy, features, options);
  const auto weights = all.network()->mix->weights();
  EXPECT_EQ(weights.argmax().item<std::int64_t>(), 1);
  const std::vector<std::uint64_t> one_sentence = {0, 600};
  const auto right = [&](Tagger& tagger, const WordFeatures& of) {
    return predicted_tags(tagger, of, one_sentence)
        .narrow(0, 500, 100)
        .eq(toy.tags.narrow(0, 500, 100))
        .sum()
        .item<std::int64_t>();
  };
  EXPECT_GE(right(all, features), 90);
  Tagger other(options_of(1));
  other.initialise(1);
  const WordFeatures without(toy.vectors.narrow(1, 0, 1).contiguous());
  train(other, toy, without, options);
  EXPECT_LE(right(other, without), 70);
}

TaggerOptions reader(std::int64_t layers) {
  auto options = options_of(layers);
  options.lstm = 5;
  return options;
}

TEST(Tagger, AnLstmReadsTheSentenceAndNothingBeyondIt) {
  for (const bool second : {false, true}) {
    for (const std::int64_t layers : {1, 3}) {
      auto options = reader(layers);
      options.mix_output = second;
      Tagger tagger(options);
      tagger.initialise(4);
      const auto x = torch::randn({9, layers, 6});
      const auto lengths = torch::tensor({4, 0, 3, 2}, torch::kInt64);
      const auto together = tagger.tag_scores(x, lengths);  // [9, T]
      EXPECT_LT((together.narrow(0, 4, 3) - tagger.tag_scores(x.narrow(0, 4, 3))).abs().max().item<double>(), 1e-5);
      auto other = x.clone();
      other[8].add_(1);
      const auto changed = tagger.tag_scores(other, lengths);
      EXPECT_LT((together.narrow(0, 0, 7) - changed.narrow(0, 0, 7)).abs().max().item<double>(), 1e-6);
      EXPECT_GT((together[7] - changed[7]).abs().max().item<double>(), 1e-6) << "the word behind counts";
      EXPECT_EQ(tagger.tag_scores(x.narrow(0, 0, 0), torch::zeros({1}, torch::kInt64)).size(0), 0);
    }
  }
}

TEST(Tagger, AnLstmTellsWhatTheWordBeforeDecides) {
  use_threads(1);  // so small steps are done before a second thread has woken up
  torch::manual_seed(3);
  const auto vectors = torch::randn({600, 1, 6});  // [N, 1, D]: 120 sentences of 5
  const auto sign = vectors.select(1, 0).select(1, 2).gt(0).to(torch::kInt64);
  auto wanted = sign.view({120, 5}).roll(1, 1).clone();
  wanted.select(1, 0).fill_(2);  // a sentence's first word has a tag of its own
  Tagger tagger(reader(1));
  tagger.initialise(1);
  auto& network = tagger.network();
  const WordFeatures features(vectors);
  network->train();
  Parts parameters;
  for (const auto& p : network->named_parameters()) parameters.emplace_back(p.key(), p.value());
  const auto loss = [&](const Tensor& sentences) {
    const auto places = (sentences.unsqueeze(1) * 5 + torch::arange(5, torch::kInt64)).flatten();
    const auto lengths = torch::full_like(sentences, 5);
    return torch::nll_loss(network(features.at(places), lengths).log_softmax(1),
                           wanted.flatten().index_select(0, places));
  };
  const ExampleProblem problem{.examples = 100, .loss = loss, .validate = [&]() -> ExampleProblem::Score {
                                 const torch::NoGradGuard no_gradient;
                                 return {loss(torch::arange(100, 120)).item<double>(), 0};
                               }};
  const TemporaryFolder folder;
  auto run = RunFolder::create(folder.path() / "run");
  train_on_examples(problem, parameters, {.epochs = 1, .min_steps = 400, .batch_size = 20, .learning_rate = 0.02}, 1,
                    run, {}, [](const Json&) {});
  network->eval();
  std::vector<std::uint64_t> sentences;
  for (std::uint64_t i = 0; i <= 120; ++i) sentences.push_back(5 * i);
  const auto right = predicted_tags(tagger, features, sentences).eq(wanted.flatten()).narrow(0, 500, 100);
  EXPECT_GE(right.sum().item<std::int64_t>(), 85);
}

TEST(Tagger, EveryParameterLearnsWithTwoMixesAndTheLayerNorm) {
  auto options = reader(3);
  options.mix_norm = options.mix_output = true;
  Tagger tagger(options);
  tagger.initialise(1);
  tagger.network()(torch::randn({7, 3, 6}), torch::tensor({3, 4}, torch::kInt64)).square().sum().backward();
  for (const auto& parameter : tagger.network()->named_parameters()) {
    ASSERT_TRUE(parameter->grad().defined()) << parameter.key();
    EXPECT_GT(parameter->grad().abs().max().item<double>(), 0) << parameter.key();
  }
  options.lstm = 0;
  EXPECT_THAT(error_of([&] { kind().create(fields_of(options).to_json(), {}); }), HasSubstr("model.mix_output"));
}

TEST(Tagger, IsTrainedToTheSameBytesByTheSameSeed) {
  torch::manual_seed(3);
  const Toy toy;
  const WordFeatures features(toy.vectors);
  std::vector<Tensor> weights;
  for (int i = 0; i < 2; ++i) {
    Tagger tagger(options_of(3));
    tagger.initialise(9);
    train(tagger, toy, features, {.epochs = 1, .min_steps = 50, .batch_size = 64});
    weights.push_back(tagger.network()->output->weight.detach().clone());
  }
  EXPECT_TRUE(torch::equal(weights[0], weights[1]));
}

TEST(Tagger, GoesThroughAFileWithItsLexicon) {
  const TemporaryFolder folder;
  Tagger tagger(options_of(2, 0));
  tagger.initialise(2);
  const std::vector<std::string> words = {"play", "the", "play", "Ünter"};
  const std::vector<std::int32_t> tags = {2, 0, 1, 1};
  tagger.set_lexicon(TagLexicon(words, tags));
  save_tensors(folder.path() / "a.safetensors", tagger.parts());
  Tagger copy(options_of(2, 0));
  copy.load_parts(load_tensors(folder.path() / "a.safetensors"));
  const auto x = torch::randn({5, 2, 6});
  EXPECT_TRUE(torch::equal(copy.tag_scores(x), tagger.tag_scores(x)));
  EXPECT_EQ(copy.lexicon().words(), tagger.lexicon().words());
  EXPECT_TRUE(copy.lexicon().find("play")->ambiguous);
  EXPECT_FALSE(copy.lexicon().find("Ünter")->ambiguous);

  auto damaged = load_tensors(folder.path() / "a.safetensors");
  for (auto& [name, tensor] : damaged) {
    if (name == "lexicon.word_ends") tensor[0] = 1000;
  }
  EXPECT_THAT(error_of([&] { copy.load_parts(damaged); }), HasSubstr("ends at byte 1000"));
  damaged = load_tensors(folder.path() / "a.safetensors");
  for (auto& [name, tensor] : damaged) {
    if (name == "lexicon.tags") tensor[1] = 3;
  }
  EXPECT_THAT(error_of([&] { copy.load_parts(damaged); }), HasSubstr("tag 3 of 3"));
}

TEST(TagScores, CountUnseenAndAmbiguousWordsAndTheBaseline) {
  Tagger tagger(options_of(1, 0));
  const torch::NoGradGuard no_gradient;
  tagger.network()->output->weight.zero_();  // a vector's first three numbers are the scores
  for (int i = 0; i < 3; ++i) tagger.network()->output->weight[i][i] = 1;
  tagger.network()->output->bias.zero_();
  tagger.set_lexicon(TagLexicon(std::vector<std::string>{"x", "x", "x", "y"}, std::vector<std::int32_t>{0, 0, 1, 0}));
  TaggedText text;
  text.words = {"x", "x", "y", "new", "new"};
  text.names = {"a", "b", "zz"};
  text.tags = {0, 1, 0, 1, 2};  // the last is a tag that the tagger does not know
  text.sentences = {0, 5};
  const auto vectors = torch::eye(6).index_select(0, torch::tensor({0, 1, 1, 1, 2})).unsqueeze(1);  // [5, 1, 6]
  const auto scores = score_tags(tagger, WordFeatures(vectors), text).to_json();
  EXPECT_EQ(scores["accuracy"], 3.0 / 5);
  EXPECT_EQ(scores["unseen_words"], 2);
  EXPECT_EQ(scores["accuracy_on_unseen"], 1.0 / 2);
  EXPECT_EQ(scores["ambiguous_words"], 2);
  EXPECT_EQ(scores["accuracy_on_ambiguous"], 1.0);
  EXPECT_EQ(scores["baseline_accuracy"], 2.0 / 5);
  EXPECT_EQ(scores["baseline_accuracy_on_unseen"], 0.0);
  EXPECT_EQ(scores["baseline_accuracy_on_ambiguous"], 1.0 / 2);
}

TEST(WordFeaturesOfATable, AreRowsAndTheirMoments) {
  const auto table = torch::tensor({{{1.0F, 5.0F}}, {{3.0F, 5.0F}}});  // [2, 1, 2]
  const WordFeatures features(table, torch::tensor({0, 1, 1, 1, 0}, torch::kInt64));
  EXPECT_EQ(features.size(), 5);
  EXPECT_EQ(features.at(torch::tensor({4, 3}))[1][0][0].item<float>(), 3);
  const auto [mean, deviation] = features.moments(4);
  EXPECT_FLOAT_EQ(mean[0][0].item<float>(), 2.5F);
  EXPECT_FLOAT_EQ(deviation[0][0].item<float>(), std::sqrt(0.75F));
  EXPECT_EQ(deviation[0][1].item<float>(), 1) << "a number that never changes is left as it is";
}

TEST(TaggerKind, IsNoRowOfAComparisonAndCannotBeMadeWithoutTags) {
  EXPECT_TRUE(kind().variants().empty());
  EXPECT_THAT(error_of([] { kind().create(Json::object(), {}); }), HasSubstr("zoo train tagger"));
}

}  // namespace
}  // namespace zoo::tagger
