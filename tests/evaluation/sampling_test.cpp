// Drawing words and translations.
#include "evaluation/sampling.h"

#include <algorithm>
#include <cmath>

#include "evaluation/beam_search.h"
#include "evaluation/sample_search.h"
#include "evaluation/sentence_ends.h"
#include "tests/evaluation/beam_fixture.h"
#include "tests/evaluation/random_translator.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

TEST(Sampling, TopPKeepsTheFewestWordsThatHaveThatProbability) {
  ZOO_NEED_FIXTURE(fixture);
  const auto& top_p = fixture["top_p"];
  auto probabilities = torch::zeros({kSpecialTokens + 2});  // [V]
  for (const auto& [word, p] : top_p["probs"].items()) probabilities[id_of(word)] = p.get<double>();
  for (const auto* which : {"low", "high"}) {
    const auto found = choices(probabilities.log(), {1, 0, top_p[std::string("p_") + which].get<double>()});
    std::vector<TokenId> words, expected;
    for (const auto& choice : found) words.push_back(choice.word);
    for (const auto& word : top_p[std::string(which) + "_set"]) expected.push_back(id_of(word));
    EXPECT_EQ(words, expected);
  }
}

TEST(Sampling, TemperatureTopKAndExclusionDoWhatTheySay) {
  const auto log_p = torch::tensor({0.1, 0.4, 0.2, 0.3}).log();
  const auto words = [](const std::vector<Choice>& all) {
    std::vector<TokenId> ids;
    for (const auto& choice : all) ids.push_back(choice.word);
    return ids;
  };
  EXPECT_EQ(words(choices(log_p, {0, 0, 1})), (std::vector<TokenId>{1}));
  EXPECT_EQ(words(choices(log_p, {1, 2, 1})), (std::vector<TokenId>{1, 3}));
  EXPECT_NEAR(choices(log_p, {1, 2, 1})[0].probability, 4.0 / 7, 1e-6);
  EXPECT_NEAR(choices(log_p, {0.5, 0, 1})[0].probability, 0.16 / 0.30, 1e-6) << "squared, then summing to one";
  EXPECT_EQ(words(choices(log_p, {1, 0, 1}, {1, 2})), (std::vector<TokenId>{3, 0}));
  EXPECT_EQ(choices(torch::zeros({5}), {0, 0, 1})[0].word, 0) << "of equals the lowest id";
  EXPECT_THAT(error_of([&] { choices(log_p, {1, 0, 1}, {0, 1, 2, 3}); }), testing::HasSubstr("exclude fewer"));
}

TEST(Sampling, DrawsByTheProbabilitiesAndTheSameFromTheSameSeed) {
  const auto all = choices(torch::tensor({0.1, 0.6, 0.3}).log(), {});
  Random random(3), again(3);
  std::vector<int> counts(3);
  for (int i = 0; i < 20000; ++i) {
    const auto word = draw(all, random);
    EXPECT_EQ(word, draw(all, again));
    ++counts[static_cast<std::size_t>(word)];
  }
  EXPECT_NEAR(counts[0] / 20000.0, 0.1, 0.01);
  EXPECT_NEAR(counts[1] / 20000.0, 0.6, 0.015);
}

TEST(Sampling, ASamplerDrawsWhatTheSortedChoicesGive) {
  torch::manual_seed(5);
  const auto log_p = torch::randn({400}).mul(2).log_softmax(0);  // [V]
  const std::vector<TokenId> excluded = {0, 1, 7, 399};
  for (const auto& options : std::vector<SamplingOptions>{
           {}, {0.7, 0, 1}, {1.5, 0, 1}, {1, 10, 1}, {1, 0, 0.6}, {0.8, 50, 0.9}, {0, 0, 1}, {1, 1000, 1e-9}}) {
    Random random(3), again(3);
    Sampler sampler(options);
    for (int i = 0; i < 300; ++i) {
      const auto word = sampler.draw(log_p.const_data_ptr<float>(), 400, excluded, random);
      if (options.temperature == 0) {
        EXPECT_EQ(word, choices(log_p, options, excluded)[0].word);
      } else {
        EXPECT_EQ(word, draw(choices(log_p, options, excluded), again));
      }
    }
  }
  const auto bad = torch::full({3}, std::nan(""));
  Random random(1);
  EXPECT_THAT(error_of([&] { Sampler({}).draw(bad.const_data_ptr<float>(), 3, {}, random); }),
              testing::HasSubstr("NaN"));
  EXPECT_THAT(error_of([&] {
                Sampler({}).draw(log_p.const_data_ptr<float>(), 2, {0, 1}, random);
              }),
              testing::HasSubstr("exclude fewer"));
}

TEST(Sampling, TheLikeliestWordsAreThoseThatSortingGives) {
  torch::manual_seed(6);
  auto row = torch::randint(0, 90, {1000}, torch::kInt64).to(torch::kFloat).log();  // many equals, some impossible
  const std::vector<TokenId> banned = {3, 500, 501};
  std::vector<TokenId> expected(1000);
  for (TokenId i = 0; i < 1000; ++i) expected[static_cast<std::size_t>(i)] = i;
  const auto* values = row.const_data_ptr<float>();
  std::erase_if(expected,
                [&](auto word) { return std::isinf(values[word]) || word == 3 || word == 500 || word == 501; });
  std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) { return values[a] > values[b]; });
  for (const std::size_t count : {1u, 8u, 63u, 2000u}) {
    std::vector<LikelyWord> found;
    find_likeliest(values, 1000, count, banned, found);
    ASSERT_EQ(found.size(), std::min(count, expected.size()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].word, expected[i]);
      EXPECT_EQ(found[i].log_probability, values[expected[i]]);
    }
  }
  std::vector<LikelyWord> found;
  row[700] = std::nan("");
  EXPECT_THAT(error_of([&] { find_likeliest(values, 1000, 2, banned, found); }), testing::HasSubstr("NaN"));
}

TEST(SampleSearch, ASentencesDrawsDoNotDependOnItsBatchAndComeByTheModelsProbabilities) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  const auto [ids, lengths] = random_sources();
  const SearchOptions options{.alpha = 0.5, .extra = 6, .n_best = 3};
  const DrawOptions draw{{0.9, 12, 0.95}, 7};
  const auto together = sample_search(translation, ids, lengths, options, draw, {0, 1, 2, 3, 4, 5});
  std::vector<Prefix> whole;
  for (std::size_t i = 0; i < together.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i), length = lengths[row].item<std::int64_t>();
    const auto alone = sample_search(translation, ids.narrow(0, row, 1).narrow(1, 0, length), lengths.narrow(0, row, 1),
                                     options, draw, {i});
    ASSERT_EQ(together[i].size(), 3u);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(alone[0][k].words, together[i][k].words);
      EXPECT_NEAR(alone[0][k].score, together[i][k].score, 1e-4);
      for (const auto word : together[i][k].words) EXPECT_GE(word, kSpecialTokens);
    }
    EXPECT_GE(together[i][0].score, together[i][2].score);
    whole.push_back({together[i][1].words, true});
  }
  const auto scored = beam_search(translation, ids, lengths, {}, whole);
  for (std::size_t i = 0; i < scored.size(); ++i) {
    EXPECT_NEAR(scored[i][0].log_probability, together[i][1].log_probability, 1e-4) << "the model's, not the draw's";
  }
  const auto others = sample_search(translation, ids, lengths, options, {draw.sampling, 8}, {0, 1, 2, 3, 4, 5});
  bool differ = false;
  for (std::size_t i = 0; i < others.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) differ = differ || others[i][k].words != together[i][k].words;
  }
  EXPECT_TRUE(differ) << "another seed";
}

TEST(SentenceEnds, ALineIsCutBehindSentencesAndJoinedAsItsWritingAsks) {
  using Sentences = std::vector<std::string_view>;
  EXPECT_EQ(sentences_of("He came. \"Why?!\" she said... v.2 of it.  "),
            (Sentences{"He came.", "\"Why?!\"", "she said...", "v.2 of it."}));
  EXPECT_EQ(sentences_of("他来了。“为什么？”她说。"), (Sentences{"他来了。", "“为什么？”", "她说。"}));
  EXPECT_EQ(sentences_of("no end at all"), (Sentences{"no end at all"}));
  EXPECT_TRUE(sentences_of(" \t ").empty());
  EXPECT_EQ(joined_texts("He came.", "Why?"), "He came. Why?");
  EXPECT_EQ(joined_texts("他来了。", "为什么？"), "他来了。为什么？");
  EXPECT_EQ(joined_texts("", "a"), "a");
}

/// Says that the word after w is w + 1, and after the last one the line's end.
class Counting : public NextWord {
 public:
  Tensor score(const Batch& batch, State&) const override { return torch::zeros_like(batch.target, torch::kFloat); }
  Tensor next(const Tensor& context) const override {
    auto result = torch::full({1, 10}, -20.0);  // [1, V]
    const auto last = context[0][-1].item<std::int64_t>();
    result[0][last == 9 ? std::int64_t{kEnd} : std::max<std::int64_t>(kSpecialTokens, last + 1)] = 0;
    return result;
  }
};

TEST(Generate, GoesOnWordByWordUntilItsLimit) {
  Counting model;
  GenerateOptions options;
  options.sampling.temperature = 0;
  options.max_new_tokens = 4;
  EXPECT_EQ(generate(model, {kEnd, 6}, options), (std::vector<TokenId>{7, 8, 9, kEnd}));
  options.max_new_tokens = 100;
  options.lines = 2;
  std::vector<TokenId> seen;
  const auto made = generate(model, {kEnd, 8}, options, [&](TokenId word) { seen.push_back(word); });
  EXPECT_EQ(made, (std::vector<TokenId>{9, kEnd, 5, 6, 7, 8, 9, kEnd}));
  EXPECT_EQ(seen, made);
  EXPECT_THAT(error_of([&] { generate(model, {}, options); }), testing::HasSubstr("prompt"));
  options.lines = 0;
  options.max_new_tokens = 8;
  options.no_repeat = 2;
  const auto once = generate(model, {kEnd, 5, 6, 7}, options);
  EXPECT_EQ(std::vector<TokenId>(once.begin(), once.begin() + 3), (std::vector<TokenId>{8, 9, kEnd}));
  EXPECT_NE(once[3], 5) << "</s> 5 stands in the prompt";
}

}  // namespace
}  // namespace zoo
