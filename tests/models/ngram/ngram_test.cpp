#include "models/ngram/ngram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "models/ngram/kneser_ney.h"
#include "models/ngram/model.h"
#include "tests/models/ngram/trained.h"
#include "tests/support/paths.h"

namespace zoo::ngram {
namespace {

Json golden() { return read_json(std::filesystem::path(ZOO_SOURCE_DIR) / "tests/data/ngram/golden.json"); }

TEST(Ngram, AgreesWithAnIndependentImplementation) {
  const Json stored = golden();  // a loop over a part of a temporary would outlive it
  for (const Json& wanted : stored["cases"]) {
    const auto name = wanted["smoothing"].get<std::string>();
    const auto order = wanted["order"].get<std::int64_t>(), vocabulary = wanted["vocabulary"].get<std::int64_t>();
    const auto ids = wanted["ids"].get<std::vector<TokenId>>();
    SCOPED_TRACE(fmt::format("{} of order {}, {} tokens", name, order, ids.size()));
    const auto model = trained(name, order, corpus_of(ids, vocabulary));

    const auto scores = scores_of(*model, corpus_of(wanted["test"].get<std::vector<TokenId>>(), vocabulary), 7);
    ASSERT_EQ(scores.size(), wanted["scores"].size());
    for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], wanted["scores"][i].get<double>(), 2e-6);

    for (std::size_t row = 0; row < wanted["contexts"].size(); ++row) {
      const auto context = wanted["contexts"][row].get<std::vector<std::int64_t>>();
      const Tensor next = model->next_word()->next(torch::tensor(context).unsqueeze(0)).to(torch::kDouble).exp()[0];
      for (std::int64_t word = 0; word < vocabulary; ++word) {
        EXPECT_NEAR(next[word].item<double>(),
                    wanted["distributions"][row][static_cast<std::size_t>(word)].get<double>(), 1e-6);
      }
      EXPECT_NEAR(next.sum().item<double>(), 1, 1e-5);
    }
  }
}

void expect_same(const Counts& a, const Counts& b) {
  for (int length = 1; length <= a.order(); ++length) {
    EXPECT_EQ(a.level(length).words, b.level(length).words);
    EXPECT_EQ(a.level(length).first_child, b.level(length).first_child);
    EXPECT_EQ(a.level(length).counts, b.level(length).counts);
    EXPECT_EQ(a.level(length).held_out, b.level(length).held_out);
  }
}

TEST(Ngram, CountsTheSameInSlicesOfAnySizeOnAnyNumberOfThreads) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const auto size = std::ssize(ids);
  for (const int order : {1, 2, 4, 8}) {
    const HeldOutBlocks held_out(size, 10);
    const Counts whole = Counts::of_slice(ids, 0, size, order, 40, held_out);
    for (int length = 1; length <= order; ++length) {
      std::int64_t total = 0;
      for (const auto count : whole.level(length).counts) total += count;
      EXPECT_EQ(total, size);
    }
    for (const int threads : {1, 2, 3, 50}) {
      SCOPED_TRACE(fmt::format("order {}, {} threads", order, threads));
      Counts sum(order, 40);
      for (std::int64_t begin = 0; begin < size; begin += 333) {
        const auto end = std::min(size, begin + 333);
        sum = Counts::merge(std::move(sum), Counts::of_slice(ids, begin, end, order, 40, held_out, threads), threads);
      }
      expect_same(whole, sum);
    }
  }
}

TEST(Ngram, EstimatesTheSameOnAnyNumberOfThreads) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const Counts counts = Counts::of_slice(ids, 0, std::ssize(ids), 5, 40, HeldOutBlocks(std::ssize(ids), 0));
  const KneserNeyEstimate one = estimate_kneser_ney(counts, 1);
  for (const int threads : {2, 3, 50}) {
    const KneserNeyEstimate several = estimate_kneser_ney(counts, threads);
    EXPECT_EQ(one.weights.probabilities, several.weights.probabilities);
    EXPECT_EQ(one.weights.back_offs, several.weights.back_offs);
    EXPECT_EQ(one.discounts, several.discounts);
  }
}

TEST(Ngram, GoesOnFromTheWordsThatItHasRead) {
  const auto model = trained("kneser-ney", 4, corpus_of(golden()["cases"][0]["ids"].get<std::vector<TokenId>>(), 40));
  auto& next_word = *model->next_word();
  State state;
  const Tensor words = torch::tensor({{3, 9, 7, 12, 30, 3, 5}});
  for (std::int64_t i = 0; i < words.size(1); ++i) {
    const Tensor row = next_word.advance(words.slice(1, i, i + 1), state);
    EXPECT_TRUE(torch::equal(row, next_word.next(words.slice(1, 0, i + 1)))) << i;
    EXPECT_LE(state[0].size(1), 3);
  }
}

TEST(Ngram, GivesEveryWordTheSameChanceBeforeAnythingIsCounted) {
  for (const std::string smoothing : {"kneser-ney", "deleted-interpolation"}) {
    const auto model = kind().create(Json{{"smoothing", smoothing}}, VocabularyFacts{9, {}});
    const Tensor next = model->next_word()->next(torch::tensor({{3, 3, 7}})).exp();
    EXPECT_TRUE(torch::allclose(next, torch::full({1, 9}, 1.0 / 9))) << smoothing;
  }
}

TEST(Ngram, TakesItsPartsBackAtEveryStageOfTraining) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const Corpus corpus = corpus_of(ids, 40);
  for (const std::string smoothing : {"kneser-ney", "deleted-interpolation"}) {
    const Json options = {{"smoothing", smoothing}, {"order", 3}};
    auto model = kind().create(options, VocabularyFacts{40, {}});
    model->self_trained()->begin(corpus, 1, 1);
    for (int stage = 0; stage < 3; ++stage) {
      auto copy = kind().create(options, VocabularyFacts{40, {}});
      copy->load_parts(model->parts());
      const Parts wanted = model->parts(), got = copy->parts();
      ASSERT_EQ(wanted.size(), got.size()) << smoothing << stage;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(wanted[i].first, got[i].first);
        EXPECT_TRUE(torch::equal(wanted[i].second, got[i].second)) << smoothing << " " << wanted[i].first;
      }
      EXPECT_EQ(scores_of(*copy, corpus, 100), scores_of(*model, corpus, 100)) << smoothing << stage;
      model->self_trained()->advance();
    }
  }
}

TEST(Ngram, RefusesPartsThatCannotBeTrue) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const auto model = trained("kneser-ney", 3, corpus_of(ids, 40));
  const auto refused = [&](const std::string& name, const Tensor& tensor, const std::string& reason) {
    Parts parts;
    for (const auto& [part, value] : model->parts()) {
      if (part != name) parts.emplace_back(part, value);
    }
    if (tensor.defined()) parts.emplace_back(name, tensor);
    try {
      kind().create(Json{{"order", 3}}, VocabularyFacts{40, {}})->load_parts(parts);
      ADD_FAILURE() << name << " was taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  };
  const auto part = [&](const std::string& name) {
    for (const auto& [other, value] : model->parts()) {
      if (other == name) return value;
    }
    return Tensor();
  };
  refused("levels.2.words", Tensor(), "missing");
  refused("levels.2.words", torch::full({100}, 40, torch::kInt), "first_child");
  refused("levels.3.words", torch::full_like(part("levels.3.words"), 40), "outside the vocabulary");
  refused("levels.1.first_child", torch::zeros({41}, torch::kInt), "first_child");
  refused("levels.2.probabilities", torch::full({5}, .5F), "expected");
  refused("levels.2.probabilities", torch::full({5}, 1, torch::kInt), "Int");
  refused("foreign", torch::zeros({5}), "does not belong");
}

TEST(Ngram, RefusesAnotherVocabularyAndUnknownOptions) {
  const auto model = kind().create(Json::object(), VocabularyFacts{9, {}});
  EXPECT_THROW(model->self_trained()->begin(corpus_of({5, 6, kEnd}, 10), 1, 1), Error);
  EXPECT_THROW(model->next_word()->next(torch::tensor({{9}})), Error);
  EXPECT_THROW(kind().create(Json{{"smoothing", "none"}}, VocabularyFacts{9, {}}), UsageError);
  EXPECT_THROW(kind().create(Json{{"order", 9}}, VocabularyFacts{9, {}}), UsageError);
}

TEST(Ngram, ReadsPaddingBeforeAGapAsTheTextsBegin) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const auto model = trained("kneser-ney", 3, corpus_of(ids, 40));
  const Tensor padded = model->cloze()->cloze(torch::tensor({{0, 0, 7}}), torch::tensor({{8, 9, 0}}));
  EXPECT_TRUE(torch::equal(padded, model->next_word()->next(torch::tensor({{3, 3, 7}}))));
  EXPECT_TRUE(model->cloze()->left_only());
}

}  // namespace
}  // namespace zoo::ngram
