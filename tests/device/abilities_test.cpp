// A model that computes on another device answers what it answers on the CPU, and there.
#include "evaluation/beam_search.h"
#include "models/both_ways.h"
#include "models/sentence_vectors.h"
#include "models/trainable_vectors.h"
#include "tests/device/subjects.h"

namespace zoo {
namespace {

class AskedThere : public TwinModels {
 protected:
  Tensor words(std::int64_t rows, std::int64_t steps) const {
    const std::vector<std::int64_t> ids(corpus_.ids().begin(), corpus_.ids().begin() + rows * steps);
    return torch::tensor(ids).view({rows, steps});
  }
  /// What both answer is near, and on the CPU.
  void expect_same(const Tensor& here, const Tensor& there, const std::string& what) const {
    EXPECT_TRUE(there.is_cpu()) << what;
    expect_near(here, there, what);
  }
  static Batch stream(const Tensor& ids) {
    Batch batch;
    batch.target = ids;  // [B, T]
    batch.input = torch::cat({torch::full({ids.size(0), 1}, std::int64_t{kEnd}), ids.slice(1, 0, -1)}, 1);
    batch.lengths = torch::full({ids.size(0)}, ids.size(1), torch::kInt64);
    batch.slots = torch::arange(ids.size(0), torch::kInt64).flip(0);
    batch.starts = torch::ones({ids.size(0)}, torch::kBool);
    return batch;
  }
  void expect_same_next_word(const NextWord& here, const NextWord& there) const {
    State of_here, of_there;
    for (int round = 0; round < 2; ++round) {
      auto batch = stream(words(3, 30).slice(1, 15 * round, 15 * (round + 1)));
      if (round > 0) batch.starts = torch::tensor({false, true, false});
      expect_same(here.score(batch, of_here), there.score(batch, of_there), "score");
    }
    expect_same(here.next(words(2, 9)), there.next(words(2, 9)), "next");
    State grown_here, grown_there;
    for (int round = 0; round < 20; ++round) {
      const auto more = words(2, 20).slice(1, round, round + 1);
      expect_same(here.advance(more, grown_here), there.advance(more, grown_there), "advance");
    }
  }
};

TEST_P(AskedThere, ForTheNextWord) {
  if (here_->next_word() == nullptr) GTEST_SKIP() << "predicts no next word";
  expect_same_next_word(*here_->next_word(), *there_->next_word());
  const auto* both = dynamic_cast<const BothWays*>(here_.get());
  if (both == nullptr) return;
  expect_same_next_word(*both->word_before(), *dynamic_cast<const BothWays&>(*there_).word_before());
}

TEST_P(AskedThere, ForAMissingWord) {
  if (here_->cloze() == nullptr) GTEST_SKIP() << "predicts no missing word";
  const auto left = torch::tensor({{0, 0, 9, 17}, {30, 31, 32, 33}});   // [2, 4]
  const auto right = torch::tensor({{18, 3, 20, 21}, {34, 35, 0, 0}});  // [2, 4]
  expect_same(here_->cloze()->cloze(left, right), there_->cloze()->cloze(left, right), "cloze");
}

TEST_P(AskedThere, ForWordVectors) {
  if (here_->word_vectors() == nullptr) GTEST_SKIP() << "has none";
  expect_same(here_->word_vectors()->vectors(), there_->word_vectors()->vectors(), "vectors");
}

TEST_P(AskedThere, ForVectorsInContext) {
  const auto* here = here_->context_vectors();
  if (here == nullptr) GTEST_SKIP() << "gives none";
  WordRows rows{words(3, 20), torch::tensor({20, 7, 0})};  // longer than the Transformer's context
  rows.words[1].slice(0, 7).fill_(kPad);
  rows.words[2].fill_(kPad);
  rows.words[0][3] = kUnknown;
  for (const auto length : {20, 7, 0}) rows.spellings.emplace_back(static_cast<std::size_t>(length), "unseen");
  State of_here, of_there;
  for (int round = 0; round < 2; ++round) {
    expect_same(here->context_vectors(rows, of_here), there_->context_vectors()->context_vectors(rows, of_there),
                "context vectors");
  }
  if (const auto* means = dynamic_cast<const SentenceMeans*>(here_.get())) {
    expect_same(means->sentence_means(rows), dynamic_cast<const SentenceMeans&>(*there_).sentence_means(rows), "means");
  }
}

TEST_P(AskedThere, ForVectorsToTrainOn) {
  auto* here = dynamic_cast<TrainableVectors*>(here_.get());
  if (here == nullptr) GTEST_SKIP() << "has none";
  auto& there = dynamic_cast<TrainableVectors&>(*there_);
  const WordRows rows{words(2, 9), torch::tensor({9, 9})};
  const auto made_here = here->trainable_vectors(rows), made_there = there.trainable_vectors(rows);
  expect_same(made_here, made_there, "vectors");
  made_here.square().sum().backward();
  made_there.square().sum().backward();
  const auto parameters = there.encoder().named_parameters();
  for (const auto& parameter : here->encoder().named_parameters()) {
    expect_near(parameter->grad(), parameters[parameter.key()].grad(), parameter.key(), 1e-3);
  }
}

TEST_P(AskedThere, ForAttention) {
  const auto* here = here_->attention_maps();
  if (here == nullptr) GTEST_SKIP() << "has none";
  Batch batch;
  batch.input = batch.other_input = words(2, 10);
  batch.lengths = torch::tensor({10, 6});
  for (const auto& name : here->attentions()) {
    expect_same(here->attention_weights(batch, name), there_->attention_maps()->attention_weights(batch, name), name);
  }
}

TEST_P(AskedThere, ForTranslations) {
  const auto *here = here_->translation(), *there = there_->translation();
  if (here == nullptr) GTEST_SKIP() << "does not translate";
  auto source = words(3, 8);
  source.select(1, 7).fill_(kEnd);
  source[1][4] = kEnd;
  source[1].slice(0, 5).fill_(kPad);
  const auto lengths = torch::tensor({8, 5, 8});
  SearchOptions search;
  search.beam = 4;
  const auto found_here = beam_search(*here, source, lengths, search);
  const auto found_there = beam_search(*there, source, lengths, search);
  for (std::size_t i = 0; i < found_here.size(); ++i) {
    EXPECT_EQ(found_here[i].at(0).words, found_there[i].at(0).words) << "sentence " << i;
    EXPECT_NEAR(found_here[i].at(0).score, found_there[i].at(0).score, 1e-3);
  }
  State of_here = here->encode(source, lengths), of_there = there->encode(source, lengths);
  const auto begin = torch::full({3}, std::int64_t{kBegin});
  expect_same(here->step(begin, of_here), there->step(begin, of_there), "a step");
}

TEST_P(AskedThere, AndIsSavedAndLoadedAsOnTheCpu) {
  contract::expect_same_bytes(contract::through_file(*here_), contract::through_file(*there_));
  auto loaded = make();
  ASSERT_TRUE(loaded->to(the_device()));
  loaded->load_parts(contract::through_file(*here_));  // into one that is there already
  contract::expect_same_bytes(contract::through_file(*here_), contract::through_file(*loaded));
  if (here_->cloze() == nullptr) return;
  const auto left = words(2, 4), right = words(3, 4).slice(0, 1);
  loaded->differentiable()->module().eval();
  expect_same(here_->cloze()->cloze(left, right), loaded->cloze()->cloze(left, right), "of a loaded one");
  ASSERT_TRUE(loaded->to(torch::kCPU));
  expect_same(here_->cloze()->cloze(left, right), loaded->cloze()->cloze(left, right), "of one that came back");
}

INSTANTIATE_TEST_SUITE_P(Models, AskedThere, testing::ValuesIn(gradient_subjects()), contract::name_of);

}  // namespace
}  // namespace zoo
