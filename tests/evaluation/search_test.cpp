// Searching for translations and drawing words. The scripted beams are those of another implementation's tests:
// $ZOO_SHARED/fixtures/beam.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/json.h"
#include "evaluation/beam_search.h"
#include "evaluation/sampling.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// The fixture; nothing where the shared folder is not there.
Json beam_fixture() {
  const auto* given = std::getenv("ZOO_SHARED");
  const auto file =
      (given != nullptr ? fs::path(given) : fs::path(ZOO_SOURCE_DIR) / "../shared") / "fixtures/beam/fairseq_beam.json";
  return fs::exists(file) ? read_json(file) : Json();
}

#define ZOO_NEED_FIXTURE(name)                                                                   \
  const auto name = beam_fixture();                                                              \
  if (name.is_null()) {                                                                          \
    if (std::getenv("CI") != nullptr) GTEST_FAIL() << "no shared folder; name it by ZOO_SHARED"; \
    GTEST_SKIP() << "no shared folder; name it by ZOO_SHARED";                                   \
  }

TokenId id_of(const std::string& word) {
  if (word == "eos") return kEnd;
  if (word == "unk") return kUnknown;
  return static_cast<TokenId>(kSpecialTokens + std::stoi(word.substr(1)) - 1);  // w1, w2, …
}

/// Says what a script says: probabilities [step][sentence · 2 + place in its beam][eos, unk, w1, w2].
class Scripted : public Translation {
 public:
  Scripted(Json steps, std::vector<std::string> words) : steps_(std::move(steps)), words_(std::move(words)) {}
  std::int64_t longest_source() const override { return 100; }
  std::int64_t longest_target() const override { return 100; }
  std::int64_t target_size() const override { return kSpecialTokens + 2; }
  State encode(const Tensor& source, const Tensor&) override {
    return {torch::arange(source.size(0)), torch::zeros({source.size(0)}, torch::kInt64)};  // sentence, step
  }
  Tensor step(const Tensor& words, State& state) override {
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

/// A small translation model with random weights, out of the table.
std::unique_ptr<Model> random_translator() {
  use_threads(1);
  for (const auto* kind : model_table()) {
    for (const auto& variant : kind->translators()) {
      Json options = variant.options;
      options.update(kind->tiny_options());
      auto model = kind->create(options, {.size = 30, .source_size = 25});
      torch::manual_seed(4);
      const torch::NoGradGuard no_gradient;
      for (auto& [name, tensor] : model->parts()) tensor.normal_(0, 0.5);
      model->differentiable()->module().eval();
      return model;
    }
  }
  return nullptr;
}

struct Sources {
  Tensor ids, lengths;
};

Sources random_sources() {
  Sources sources{torch::full({6, 7}, std::int64_t{kPad}, torch::kInt64), torch::tensor({7, 4, 2, 6, 3, 1})};
  for (std::int64_t row = 0; row < 6; ++row) {
    const auto length = sources.lengths[row].item<std::int64_t>();
    sources.ids[row].narrow(0, 0, length - 1).copy_(torch::randint(kSpecialTokens, 25, {length - 1}, torch::kInt64));
    sources.ids[row][length - 1] = kEnd;
  }
  return sources;
}

TEST(BeamSearch, OfOneIsGreedyAndABatchIsItsSentences) {
  const auto model = random_translator();
  ASSERT_NE(model, nullptr);
  auto& translation = *model->translation();
  const auto [ids, lengths] = random_sources();
  const auto greedy = greedy_search(translation, ids, lengths, 5);
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

/// Finds <unk> likelier than the word 6, and after two words the end.
class Stammering : public Translation {
 public:
  std::int64_t longest_source() const override { return 10; }
  std::int64_t longest_target() const override { return 10; }
  std::int64_t target_size() const override { return 8; }
  State encode(const Tensor& source, const Tensor&) override { return {torch::zeros({source.size(0), 1})}; }
  Tensor step(const Tensor& words, State& state) override {
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
  const SearchOptions options{.beam = 4, .extra = 5, .best = 2};
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

/// Says that the word after w is w + 1, and after the last one the line's end.
class Counting : public NextWord {
 public:
  Tensor score(const Batch& batch, State&) override { return torch::zeros_like(batch.target, torch::kFloat); }
  Tensor next(const Tensor& context) override {
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
}

}  // namespace
}  // namespace zoo
