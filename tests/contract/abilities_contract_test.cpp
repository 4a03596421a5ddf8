// What models that give probabilities or rank missing words keep.
#include "evaluation/perplexity.h"
#include "models/both_ways.h"
#include "tests/contract/contract.h"

namespace zoo::contract {
namespace {

class NextWordContract : public ModelContract {};
class ClozeContract : public ModelContract {};

TEST_P(NextWordContract, SumsToOneAndScoreAgreesWithIt) {
  const auto model = trained();
  const auto text = words(30);
  State state;
  const Tensor scores = model->next_word()->score(stream(text), state);  // [1, T]
  ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{1, 30}));
  std::vector<std::int64_t> before = {kEnd};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Tensor next = model->next_word()->next(torch::tensor(before).unsqueeze(0));  // [1, V]
    ASSERT_EQ(next.sizes(), (std::vector<std::int64_t>{1, kVocabulary}));
    EXPECT_NEAR(next.to(torch::kDouble).exp().sum().item<double>(), 1, 1e-4) << "after word " << i;
    const auto place = static_cast<std::int64_t>(i);
    EXPECT_NEAR(next[0][text[i]].item<double>(), scores[0][place].item<double>(), 1e-4) << "word " << i;
    before.push_back(text[i]);
  }
}

TEST_P(NextWordContract, StateCarriesAStreamFromBatchToBatch) {
  const auto model = trained();
  const Batch whole = stream(words(40));
  State state, carried;
  const Tensor expected = model->next_word()->score(whole, state);  // [1, T]
  std::vector<Tensor> pieces;
  for (std::int64_t begin = 0; begin < 40; begin += 8) {
    Batch piece = whole;
    piece.input = whole.input.slice(1, begin, begin + 8);
    piece.target = whole.target.slice(1, begin, begin + 8);
    piece.lengths = torch::full({1}, 8, torch::kLong);
    piece.starts = torch::full({1}, begin == 0, torch::kBool);
    pieces.push_back(model->next_word()->score(piece, carried));
  }
  EXPECT_TRUE(torch::allclose(torch::cat(pieces, 1), expected, 1e-4, 1e-5));
}

TEST_P(NextWordContract, LaterWordsChangeNoEarlierScore) {
  const auto model = trained();
  auto text = words(40);
  State state, other_state;
  const Tensor scores = model->next_word()->score(stream(text), state);  // [1, T]
  for (std::size_t i = 25; i < text.size(); ++i) text[i] = (text[i] + 50) % (kVocabulary - 5) + 5;
  const Tensor changed = model->next_word()->score(stream(text), other_state);  // [1, T]
  EXPECT_TRUE(torch::equal(scores.slice(1, 0, 25), changed.slice(1, 0, 25)));
  EXPECT_FALSE(torch::equal(scores, changed));
}

TEST_P(NextWordContract, IgnoredTargetsScoreNothing) {
  const auto model = trained();
  Batch batch = stream(words(10));
  State state, other_state;
  const Tensor scores = model->next_word()->score(batch, state);  // [1, T]
  batch.target = batch.target.clone();
  batch.target[0][4] = kIgnored;
  const Tensor without = model->next_word()->score(batch, other_state);  // [1, T]
  EXPECT_EQ(without[0][4].item<double>(), 0);
  EXPECT_TRUE(torch::allclose(without.slice(1, 5), scores.slice(1, 5), 1e-4, 1e-5));
}

TEST_P(NextWordContract, PerplexityIsTheGeometricMeanOfTheScores) {
  const auto model = trained();
  const Corpus other = text(20, 2);
  const Perplexity result = perplexity(*model->next_word(), other);
  EXPECT_EQ(result.tokens, other.size());
  EXPECT_GT(result.perplexity, 1);
  std::vector<std::int64_t> ids(other.ids().begin(), other.ids().end());
  State state;
  const double mean = model->next_word()->score(stream(ids), state).to(torch::kDouble).mean().item<double>();
  EXPECT_NEAR(std::log(result.perplexity), -mean, 1e-4);
}

TEST_P(NextWordContract, AModelOfBothDirectionsIsExactFromTheTextsEndToo) {
  const auto model = trained();
  auto* both = dynamic_cast<BothWays*>(model.get());
  if (both == nullptr) GTEST_SKIP() << "predicts the next word alone";
  const Corpus other = text(20, 2);
  std::vector<std::int64_t> ids(other.ids().begin(), other.ids().end());
  std::reverse(ids.begin(), ids.end());
  State state;
  const Tensor scores = both->word_before()->score(stream(ids), state);  // [1, T]
  std::vector<std::int64_t> behind = {kEnd};
  for (std::size_t i = 0; i < 12; ++i) {
    const Tensor next = both->word_before()->next(torch::tensor(behind).unsqueeze(0));  // [1, V]
    EXPECT_NEAR(next.to(torch::kDouble).exp().sum().item<double>(), 1, 1e-4) << "before word " << i;
    EXPECT_NEAR(next[0][ids[i]].item<double>(), scores[0][static_cast<std::int64_t>(i)].item<double>(), 1e-4) << i;
    behind.push_back(ids[i]);
  }
  const auto result = perplexity_both_ways(*model, other);
  const double mean = scores.to(torch::kDouble).mean().item<double>();
  EXPECT_NEAR(std::log(result["backward"]["perplexity"].get<double>()), -mean, 1e-4);
  EXPECT_NEAR(std::log(result["both_directions"].get<double>()),
              (std::log(result["perplexity"].get<double>()) - mean) / 2, 1e-4);
}

TEST_P(ClozeContract, ScoresEveryWordAndLooksWhereItSays) {
  const auto model = trained();
  const Tensor left = torch::tensor({{0, 0, 9, 17}, {30, 31, 32, 33}});   // [2, 4]
  const Tensor right = torch::tensor({{18, 3, 20, 21}, {34, 35, 0, 0}});  // [2, 4]
  const Tensor scores = model->cloze()->cloze(left, right);               // [2, V]
  ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{2, kVocabulary}));
  EXPECT_FALSE(scores.isnan().any().item<bool>());
  const Tensor elsewhere = model->cloze()->cloze(left, (right + 60).remainder(kVocabulary));
  EXPECT_EQ(torch::equal(scores, elsewhere), model->cloze()->left_only());
}

INSTANTIATE_TEST_SUITE_P(Models, NextWordContract,
                         testing::ValuesIn(subjects_with([](Model& m) { return m.next_word() != nullptr; })), name_of);
INSTANTIATE_TEST_SUITE_P(Models, ClozeContract,
                         testing::ValuesIn(subjects_with([](Model& m) { return m.cloze() != nullptr; })), name_of);

}  // namespace
}  // namespace zoo::contract
