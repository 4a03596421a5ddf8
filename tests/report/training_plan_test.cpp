#include "report/training_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "report/rungs.h"

namespace zoo {
namespace {

using ::testing::HasSubstr;

Json list() {
  return Json::parse(R"([
    {"kind": "nnlm", "title": "N", "step": 10, "variants": [
      {"name": "nnlm", "title": "NNLM", "options": {}, "abilities": ["next_word", "word_vectors"], "trains_itself": false}]},
    {"kind": "ngram", "title": "G", "step": 0, "variants": [
      {"name": "ngram", "title": "n-gram", "options": {"order": 3}, "abilities": ["next_word"], "trains_itself": true}]},
    {"kind": "word2vec", "title": "W", "step": 20, "variants": [
      {"name": "cbow", "title": "CBOW", "options": {"architecture": "cbow"}},
      {"name": "skip-gram", "title": "SG", "options": {"architecture": "skip-gram"}}]}])");
}

TEST(Rungs, EveryVariantOfEveryModelIsOneInTheOrderOfTheRoad) {
  const auto rungs = rungs_of(list(), {});
  ASSERT_EQ(rungs.size(), 4u);
  EXPECT_EQ(rungs[0].name, "ngram");
  EXPECT_TRUE(rungs[0].trains_itself);
  EXPECT_EQ(rungs[3].name, "skip-gram");
  EXPECT_EQ(rungs[3].model, "word2vec");
  EXPECT_TRUE(rungs[1].can("word_vectors"));
  EXPECT_FALSE(rungs[1].can("cloze"));
}

TEST(Rungs, ModelsArePickedByTheirFolder) {
  EXPECT_EQ(rungs_of(list(), {"word2vec"}).size(), 2u);
  try {
    rungs_of(list(), {"word2vek"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean word2vec?"));
  }
}

TEST(Rungs, AVariantsOptionsGoOverTheConfigsOfTheModel) {
  const auto rung = rungs_of(list(), {"word2vec"})[0];
  EXPECT_EQ(rung_config(rung, "small", std::nullopt), Json::parse(R"({"model": {"architecture": "cbow"}})"));
}

TEST(Rungs, AConfigOfTheVariantGoesBeforeThatOfTheModel) {
  const TemporaryFolder folder;
  const auto configs = folder.path() / "word2vec/configs";
  make_folder(configs);
  write_json(configs / "small.json", {{"model", {{"dim", 1}}}, {"data", {{"line_ends", false}}}});
  write_json(configs / "brown_skip_gram.json", {{"model", {{"dim", 2}, {"architecture", "cbow"}}}});
  const auto rungs = rungs_of(list(), {"word2vec"});
  EXPECT_EQ(rung_config(rungs[0], "small", folder.path()),
            Json::parse(R"({"model": {"dim": 1, "architecture": "cbow"}})"));
  EXPECT_EQ(rung_config(rungs[1], "brown", folder.path()),
            Json::parse(R"({"model": {"dim": 2, "architecture": "skip-gram"}})"));
  EXPECT_EQ(rung_config(rungs[0], "brown", folder.path())["model"]["dim"], 1);
}

TEST(Shares, WhatTheFinishedDidNotNeedGoesToTheOthers) {
  EXPECT_DOUBLE_EQ(share_of_each(12, {{}, {}, {}}), 4);
  EXPECT_DOUBLE_EQ(share_of_each(12, {{.finished = true, .minutes = 1}, {}, {}}), 5.5);
  EXPECT_DOUBLE_EQ(share_of_each(12, {{.finished = true, .minutes = 1}, {.minutes = 2}}), 11);
  EXPECT_DOUBLE_EQ(share_of_each(12, {{.finished = true, .minutes = 20}, {}}), 0);
  EXPECT_DOUBLE_EQ(share_of_each(12, {{.finished = true}}), 0);
}

TEST(Plan, FollowsFromWhatStandsThere) {
  const Standing missing{}, done{.is_run = true, .usable = true, .finished = true, .minutes = 1, .key = "k"},
      begun{.is_run = true, .usable = true, .minutes = 2, .key = "k"}, no_weights{.is_run = true, .key = "k"};
  EXPECT_EQ(next_step(missing, "k", 4, "x"), Step::train);
  EXPECT_EQ(next_step(done, "k", 4, "x"), Step::reuse);
  EXPECT_EQ(next_step(done, "other", 4, "x"), Step::anew);
  EXPECT_EQ(next_step(begun, "k", 4, "x"), Step::resume);
  EXPECT_EQ(next_step(begun, "k", 2, "x"), Step::reuse);
  EXPECT_EQ(next_step(no_weights, "k", 0, "x"), Step::resume);
}

TEST(Plan, ARunOfSomebodyElseIsNeverOverwritten) {
  try {
    next_step({.is_run = true, .usable = true, .finished = true}, "k", 4, "runs/mine");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("runs/mine"));
  }
}

}  // namespace
}  // namespace zoo
