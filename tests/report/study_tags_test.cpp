#include "report/study_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoo {
namespace {

using testing::HasSubstr;
using testing::Not;

Json source(const std::string& name, bool in_context, std::vector<double> accuracies, double ambiguous) {
  Json shares = Json::array();
  const std::vector<double> parts = {0.01, 0.1, 1};
  for (std::size_t i = 0; i < accuracies.size(); ++i) {
    shares.push_back({{"share", parts[i]},
                      {"train_words", 1000 * parts[i] * 100},
                      {"accuracy", accuracies[i]},
                      {"accuracy_on_unseen", 0.5},
                      {"accuracy_on_ambiguous", ambiguous},
                      {"baseline_accuracy", 0.6 + 0.1 * static_cast<double>(i)},
                      {"baseline_accuracy_on_unseen", 0.2},
                      {"baseline_accuracy_on_ambiguous", 0.7}});
    if (in_context) shares.back()["mix"] = {{"token", 0.25}, {"lstm 1", 0.75}};
  }
  return {{"name", name}, {"title", "Title of " + name}, {"in_context", in_context}, {"shares", shares}};
}

Json report() {
  return {{"models", {{"nnlm", {{"title", "NNLM"}, {"step", 10}}}, {"elmo", {{"title", "ELMo"}, {"step", 30}}}}}};
}

TEST(TagsStudy, ShowsARowForEachSourceAndTheBaseline) {
  const Json result = {{"max_sentences", 8000},
                       {"sources",
                        {source("random", false, {0.5, 0.6, 0.8}, 0.7), source("nnlm", false, {0.7, 0.75, 0.85}, 0.78),
                         source("elmo", true, {0.65, 0.8, 0.93}, 0.9)}}};
  const auto view = tags_study().view(report(), result);
  ASSERT_EQ(view.tables.size(), 1);
  const auto& table = view.tables[0].second;
  ASSERT_EQ(table.rows.size(), 4);
  EXPECT_EQ(table.columns.size(), 6);
  EXPECT_EQ(table.columns[1].title, "1 %");
  EXPECT_EQ(table.columns[3].title, "all");
  EXPECT_EQ(table.rows[0][3].text, "80.0 %") << "the baseline";
  EXPECT_FALSE(table.rows[0][3].best);
  EXPECT_EQ(table.rows[3][3].text, "93.0 %");
  EXPECT_TRUE(table.rows[3][3].best);
  EXPECT_TRUE(table.rows[2][1].best);
  EXPECT_THAT(table.notes, testing::ElementsAre(HasSubstr("8000 training sentences"), HasSubstr("lstm 1 75 %, token")));
  EXPECT_EQ(
      view.finding,
      "With 1 % of the training sentences a tagger on the vectors of Title of nnlm gets 70.0 % of the test words "
      "right, on random vectors 50.0 %; with all training sentences a tagger on the vectors of Title of elmo gets "
      "93.0 % of the test words right, on random vectors 80.0 %. Without vectors, each word's most frequent tag gets "
      "60.0 % and 80.0 %. On words with several tags vectors of the word in "
      "its sentence (Title of elmo) get 90.0 %, 12.0 points more than the best that are the same in every sentence "
      "(Title of nnlm).");
  ASSERT_EQ(view.charts.size(), 1);
  const auto& chart = view.charts[0];
  EXPECT_EQ(chart["id"], "tags-learning");
  EXPECT_EQ(chart["kind"], "lines");
  EXPECT_EQ(chart["x"]["log"], true);
  ASSERT_EQ(chart["series"].size(), 3);
  EXPECT_EQ(chart["series"][1]["colour"], 0) << "as in the other charts";
  EXPECT_EQ(chart["series"][0]["colour"], 2) << "behind the models";
  EXPECT_EQ(chart["series"][2]["points"][2][1], 93.0);
}

TEST(TagsStudy, SaysSoWhereVectorsInContextServeNoBetter) {
  const Json result = {
      {"sources", {source("nnlm", false, {0.7, 0.75, 0.95}, 0.92), source("elmo", true, {0.65, 0.8, 0.9}, 0.9)}}};
  const auto view = tags_study().view(report(), result);
  EXPECT_THAT(view.finding, HasSubstr("points less than the best"));
  EXPECT_THAT(view.finding, Not(HasSubstr("random")));
}

TEST(TagsStudy, ShowsWhatThereIsOfAnIncompleteResult) {
  EXPECT_TRUE(tags_study().view(report(), Json::object()).tables.empty());
  EXPECT_TRUE(tags_study().view(report(), {{"sources", Json::array()}}).tables.empty());
  Json one = source("nnlm", false, {0.7}, 0.7);
  one["shares"][0].erase("accuracy_on_ambiguous");
  const auto view = tags_study().view(report(), {{"sources", {one}}});
  ASSERT_EQ(view.tables.size(), 1);
  EXPECT_EQ(view.tables[0].second.rows[1].back().text, "–");
}

}  // namespace
}  // namespace zoo
