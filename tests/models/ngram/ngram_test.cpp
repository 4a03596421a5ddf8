#include "models/ngram/ngram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "batches/batcher.h"
#include "models/ngram/model.h"
#include "tests/support/paths.h"

namespace zoo::ngram {
namespace {

Json golden() { return read_json(std::filesystem::path(ZOO_SOURCE_DIR) / "tests/data/ngram/golden.json"); }

/// The ids as lines that end with kEnd.
Corpus corpus_of(const std::vector<TokenId>& ids, std::int64_t vocabulary) {
  std::vector<std::vector<TokenId>> lines(1);
  for (const TokenId id : ids) {
    lines.back().push_back(id);
    if (id == kEnd) lines.emplace_back();
  }
  if (lines.back().empty()) lines.pop_back();
  return Corpus::from_lines(lines, vocabulary);
}

std::unique_ptr<Model> trained(const std::string& smoothing, std::int64_t order, const Corpus& corpus) {
  VocabularyFacts facts{corpus.vocabulary_size(), {}};
  auto model = kind().create(Json{{"smoothing", smoothing}, {"order", order}}, facts);
  model->self_trained()->begin(corpus, 1, 1);
  while (!model->self_trained()->advance().finished) {
  }
  return model;
}

/// log P of each token of the text after all that stands before it.
std::vector<double> scores_of(Model& model, const Corpus& text, std::int64_t length) {
  BatcherOptions options;
  options.batch_size = 1;
  options.shuffle = false;
  options.prefetch = 0;
  Batcher batcher(text, Streams{length}, options);
  State state;
  std::vector<double> scores;
  while (const auto batch = batcher.next_in_epoch()) {
    const Tensor row = model.next_word()->score(*batch, state)[0];
    for (std::int64_t i = 0; i < row.size(0); ++i) scores.push_back(row[i].item<double>());
  }
  return scores;
}

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

TEST(Ngram, CountsTheSameInSlicesOfAnySize) {
  const auto ids = golden()["cases"][0]["ids"].get<std::vector<TokenId>>();
  const auto size = std::ssize(ids);
  const HeldOutBlocks held_out(size, 10);
  const Counts whole = Counts::of_slice(ids, 0, size, 4, 40, held_out);
  Counts sum(4, 40);
  for (std::int64_t begin = 0; begin < size; begin += 333) {
    sum = Counts::merge(sum, Counts::of_slice(ids, begin, std::min(size, begin + 333), 4, 40, held_out));
  }
  for (int length = 1; length <= 4; ++length) {
    EXPECT_EQ(whole.level(length).words, sum.level(length).words);
    EXPECT_EQ(whole.level(length).first_child, sum.level(length).first_child);
    EXPECT_EQ(whole.level(length).counts, sum.level(length).counts);
    EXPECT_EQ(whole.level(length).held_out, sum.level(length).held_out);
    std::int64_t total = 0;
    for (const auto count : whole.level(length).counts) total += count;
    EXPECT_EQ(total, size);
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
