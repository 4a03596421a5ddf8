// Searching for translations. The scripted beams are those of another implementation's tests:
// $ZOO_SHARED/fixtures/beam.
#include "evaluation/beam_search.h"

#include <cmath>
#include <map>
#include <set>

#include "evaluation/sample_search.h"
#include "tests/evaluation/beam_fixture.h"
#include "tests/evaluation/random_translator.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

/// Says what a script says: probabilities [step][sentence · 2 + place in its beam][eos, unk, w1, w2].
class Scripted : public Translation {
 public:
  Scripted(Json steps, std::vector<std::string> words) : steps_(std::move(steps)), words_(std::move(words)) {}
  std::int64_t longest_source() const override { return 100; }
  std::int64_t longest_target() const override { return 100; }
  std::int64_t target_size() const override { return kSpecialTokens + 2; }
  State encode(const Tensor& source, const Tensor&) const override {
    return {torch::arange(source.size(0)), torch::zeros({source.size(0)}, torch::kInt64)};  // sentence, step
  }
  Tensor step(const Tensor& words, State& state) const override {
    auto result = torch::zeros({words.size(0), target_size()});  // [rows, V]
    std::map<std::int64_t, std::size_t> seen;
    for (std::int64_t row = 0; row < words.size(0); ++row) {
      const auto sentence = state[0][row].item<std::int64_t>();
      const auto at = static_cast<std::size_t>(sentence) * 2 + seen[sentence]++;
      const auto& probabilities = steps_.at(static_cast<std::size_t>(state[1][row].item<std::int64_t>())).at(at);
      for (std::size_t i = 0; i < words_.size(); ++i) result[row][id_of(words_[i])] = probabilities[i].get<double>();
    }
    state[1] = state[1] + 1;
    return result.log();
  }

 private:
  Json steps_;
  std::vector<std::string> words_;
};

TEST(BeamSearch, ScriptedProbabilitiesGiveTheBeamsThatTheyMust) {
  ZOO_NEED_FIXTURE(fixture);
  Scripted model(fixture["steps"], fixture["vocab"]);
  const auto sources = torch::full({2, 3}, 5, torch::kInt64), lengths = torch::full({2}, 3, torch::kInt64);
  const std::map<std::string, SearchOptions> options = {{"normalized lenpen=1", {2, "power", 1, 50, 2, true}},
                                                        {"unnormalized", {2, "none", 0, 50, 2, true}},
                                                        {"lenpen=0.6", {2, "power", 0.6, 50, 2, true}},
                                                        {"lenpen=5.0", {2, "power", 5, 50, 2, true}},
                                                        {"max_len=2", {2, "power", 1, -1, 2, true}}};
  for (const auto& [name, sentences] : fixture["cases"].items()) {
    ASSERT_TRUE(options.count(name)) << name;
    const auto found = beam_search(model, sources, lengths, options.at(name));
    ASSERT_EQ(found.size(), sentences.size());
    for (std::size_t s = 0; s < sentences.size(); ++s) {
      ASSERT_EQ(found[s].size(), sentences[s].size()) << name;
      for (std::size_t i = 0; i < sentences[s].size(); ++i) {
        std::istringstream text(sentences[s][i][0].get<std::string>());
        std::vector<TokenId> words;
        for (std::string word; text >> word;) words.push_back(id_of(word));
        ASSERT_EQ(words.back(), kEnd);
        words.pop_back();
        EXPECT_EQ(found[s][i].words, words) << name << ", sentence " << s << ", " << i;
        double sum = 0;
        const auto& probabilities = sentences[s][i][1];
        ASSERT_EQ(found[s][i].log_probabilities.size(), probabilities.size());
        for (std::size_t t = 0; t < probabilities.size(); ++t) {
          EXPECT_NEAR(std::exp(found[s][i].log_probabilities[t]), probabilities[t].get<double>(), 1e-6);
          sum += std::log(probabilities[t].get<double>());
        }
        EXPECT_NEAR(found[s][i].log_probability, sum, 1e-5);
        EXPECT_NEAR(found[s][i].score, sum / length_penalty(options.at(name), std::ssize(probabilities)), 1e-5);
      }
    }
  }
}

TEST(BeamSearch, DividesByThePapersPenaltyOrByAPowerOrByNothing) {
  EXPECT_DOUBLE_EQ(length_penalty({4, "paper", 0.6}, 7), std::pow(2.0, 0.6));
  EXPECT_DOUBLE_EQ(length_penalty({4, "power", 0.5}, 9), 3);
  EXPECT_DOUBLE_EQ(length_penalty({4, "none", 0.6}, 9), 1);
}

TEST(BeamSearch, OfOneIsGreedyAndABatchIsItsSentences) {
  const auto model = random_translator();
  ASSERT_NE(model, nullptr);
  auto& translation = *model->translation();
  const auto [ids, lengths] = random_sources();
  const auto greedy = greedy_search(translation, ids, lengths, {.extra = 5});
  const auto beam_of_one = beam_search(translation, ids, lengths, {1, "none", 0, 5, 1});
  const auto beam_of_four = beam_search(translation, ids, lengths, {4, "paper", 0.6, 5, 4});
  for (std::size_t row = 0; row < greedy.size(); ++row) {
    EXPECT_EQ(beam_of_one[row][0].words, greedy[row].words);
    EXPECT_NEAR(beam_of_one[row][0].log_probability, greedy[row].log_probability, 1e-4);
    const auto number = static_cast<std::int64_t>(row);
    const auto length = lengths[number].item<std::int64_t>();
    const auto alone = beam_search(translation, ids.narrow(0, number, 1).narrow(1, 0, length),
                                   lengths.narrow(0, number, 1), {4, "paper", 0.6, 5, 4});
    ASSERT_EQ(alone[0].size(), beam_of_four[row].size());
    for (std::size_t i = 0; i < alone[0].size(); ++i) {
      EXPECT_EQ(alone[0][i].words, beam_of_four[row][i].words) << row;
      EXPECT_NEAR(alone[0][i].score, beam_of_four[row][i].score, 1e-4) << row;
    }
    for (std::size_t i = 1; i < beam_of_four[row].size(); ++i) {
      EXPECT_GE(beam_of_four[row][i - 1].score, beam_of_four[row][i].score);
      EXPECT_NE(beam_of_four[row][i - 1].words, beam_of_four[row][i].words);
    }
  }
}

/// A translation model without its own way of decoding: what it has read is read again at each step.
class WithoutCache : public Translation {
 public:
  explicit WithoutCache(const Translation& model) : model_(model) {}
  std::int64_t longest_source() const override { return model_.longest_source(); }
  std::int64_t longest_target() const override { return model_.longest_target(); }
  std::int64_t target_size() const override { return model_.target_size(); }
  State encode(const Tensor& source, const Tensor& lengths) const override { return model_.encode(source, lengths); }
  Tensor step(const Tensor& words, State& state) const override { return model_.step(words, state); }

 private:
  const Translation& model_;
};

TEST(BeamSearch, FindsTheSameWithAndWithoutACache) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  WithoutCache plain(translation);
  const auto [ids, lengths] = random_sources();
  for (const std::int64_t beam : {1, 4}) {
    const SearchOptions options{.beam = beam, .extra = 5, .n_best = beam};
    const auto cached = beam_search(translation, ids, lengths, options),
               read = beam_search(plain, ids, lengths, options);
    for (std::size_t row = 0; row < cached.size(); ++row) {
      ASSERT_EQ(cached[row].size(), read[row].size());
      for (std::size_t i = 0; i < cached[row].size(); ++i) {
        EXPECT_EQ(cached[row][i].words, read[row][i].words);
        EXPECT_NEAR(cached[row][i].score, read[row][i].score, 1e-4);
      }
    }
  }
}

TEST(BeamSearch, OfSixtyFourSentencesIsThatOfEachAlone) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < 64; ++i) sizes.push_back(1 + (i * 5) % 13);
  const auto [ids, lengths] = random_sources(sizes);
  for (const std::int64_t beam : {1, 3}) {
    const SearchOptions options{.beam = beam, .extra = 4, .n_best = beam, .no_repeat = beam == 1 ? 0 : 2};
    const auto together = beam_search(translation, ids, lengths, options);
    const auto greedy = greedy_search(translation, ids, lengths, options);
    for (std::int64_t row = 0; row < 64; ++row) {
      const auto number = static_cast<std::size_t>(row);
      const auto alone = beam_search(translation, ids.narrow(0, row, 1).narrow(1, 0, sizes[number]),
                                     lengths.narrow(0, row, 1), options)[0];
      ASSERT_EQ(alone.size(), together[number].size());
      for (std::size_t i = 0; i < alone.size(); ++i) {
        EXPECT_EQ(alone[i].words, together[number][i].words) << row;
        EXPECT_NEAR(alone[i].score, together[number][i].score, 1e-4) << row;
      }
      if (beam == 1) {
        EXPECT_EQ(greedy[number].words, alone[0].words) << row;
      }
    }
  }
}

/// Finds <unk> likelier than the word 6, and after two words the end.
class Stammering : public Translation {
 public:
  std::int64_t longest_source() const override { return 10; }
  std::int64_t longest_target() const override { return 10; }
  std::int64_t target_size() const override { return 8; }
  State encode(const Tensor& source, const Tensor&) const override { return {torch::zeros({source.size(0), 1})}; }
  Tensor step(const Tensor& words, State& state) const override {
    auto result = torch::full({words.size(0), target_size()}, -9.0);  // [B, V]
    result.select(1, kUnknown).fill_(-0.5);
    result.select(1, 6).fill_(-1.0);
    result.select(1, kEnd).copy_(
        torch::where(state[0].select(1, 0).ge(2), 0.0, -std::numeric_limits<double>::infinity()));
    state[0] = state[0] + 1;
    return result;
  }
};

TEST(BeamSearch, WritesUnknownWordsOnlyWhereTheyAreAllowed) {
  Stammering model;
  const auto source = torch::tensor({{5, 6}}), lengths = torch::tensor({2});
  using Words = std::vector<TokenId>;
  EXPECT_EQ(greedy_search(model, source, lengths)[0].words, (Words{6, 6}));
  for (const std::int64_t beam : {1, 2}) {
    SearchOptions options{.beam = beam};
    EXPECT_EQ(beam_search(model, source, lengths, options)[0][0].words, (Words{6, 6}));
    options.allow_unknown = true;
    EXPECT_EQ(beam_search(model, source, lengths, options)[0][0].words, (Words{kUnknown, kUnknown}));
  }
}

TEST(BeamSearch, WritesNoWordsTwiceWhereThatIsForbidden) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  const auto [ids, lengths] = random_sources();
  for (const std::int64_t n : {1, 2}) {
    for (const auto& sentence : beam_search(translation, ids, lengths, {.beam = 3, .extra = 20, .no_repeat = n})) {
      std::set<std::vector<TokenId>> seen;
      const auto& words = sentence.at(0).words;
      for (auto at = words.begin(); at + n <= words.end(); ++at) {
        EXPECT_TRUE(seen.insert(std::vector<TokenId>(at, at + n)).second) << "of " << n;
      }
    }
  }
}

TEST(BeamSearch, BeginsWithWhatIsGivenAndScoresATranslationThatIsGivenWhole) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  const auto [ids, lengths] = random_sources();
  const SearchOptions options{.beam = 4, .extra = 5, .n_best = 2};
  const auto free = beam_search(translation, ids, lengths, options);
  std::vector<Prefix> whole, begun;
  for (const auto& sentence : free) {
    whole.push_back({sentence[1].words, true});  // the second best, which the search would not give
    begun.push_back({{5, kUnknown}, false});
  }
  const auto scored = beam_search(translation, ids, lengths, options, whole);
  const auto started = beam_search(translation, ids, lengths, options, begun);
  for (std::size_t i = 0; i < free.size(); ++i) {
    ASSERT_EQ(scored[i].size(), 1u);
    EXPECT_EQ(scored[i][0].words, free[i][1].words);
    EXPECT_NEAR(scored[i][0].log_probability, free[i][1].log_probability, 1e-4);
    ASSERT_GE(started[i][0].words.size(), 2u);
    EXPECT_EQ(started[i][0].words[0], 5);
    EXPECT_EQ(started[i][0].words[1], kUnknown) << "given, so allowed";
  }
  begun.pop_back();
  EXPECT_THAT(error_of([&, ids = ids, lengths = lengths] { beam_search(translation, ids, lengths, options, begun); }),
              testing::HasSubstr("prefixes"));
}

TEST(BeamSearch, TakesSourcesUpToThePositionsAndRefusesLongerOnes) {
  const auto model = random_translator();
  auto& translation = *model->translation();
  const auto most = translation.longest_source();
  const auto ids = torch::full({1, most + 1}, 9, torch::kInt64);
  const auto found = beam_search(translation, ids.narrow(1, 0, most), torch::tensor({most}), {2, "none", 0, 50, 1});
  EXPECT_LT(std::ssize(found[0][0].words), translation.longest_target());
  EXPECT_THAT(error_of([&] { beam_search(translation, ids, torch::tensor({most + 1}), {}); }),
              testing::HasSubstr("context"));
}

TEST(BeamSearch, BansTheWordsThatWouldRepeatAsTheFixtureSays) {
  ZOO_NEED_FIXTURE(fixture);
  const auto& block = fixture["ngram_block"];
  for (std::size_t row = 0; row < block["generated"].size(); ++row) {
    EXPECT_EQ(repeating(block["generated"][row].get<std::vector<TokenId>>(), block["n"].get<std::int64_t>()),
              block["banned"][row].get<std::vector<TokenId>>());
  }
  EXPECT_EQ(repeating({5, 6, 7, 5, 6, 8, 5, 6}, 3), (std::vector<TokenId>{7, 8}));
  EXPECT_EQ(repeating({5, 6, 5}, 1), (std::vector<TokenId>{5, 6}));
  EXPECT_TRUE(repeating({5, 6}, 3).empty());
  EXPECT_TRUE(repeating({5, 5, 5}, 0).empty());
}

}  // namespace
}  // namespace zoo
