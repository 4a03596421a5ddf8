#include "report/study_senses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoo {
namespace {

using testing::HasSubstr;

Json word(double token, double lstm, double k, double same, double other) {
  return {{"seen", 70},
          {"occurrences", 60},
          {"similarity", {token, lstm, k}},
          {"nearest", {{{"cosine", 0.97}, {"a", "the *play* was long"}, {"b", "a *play* in <b>verse</b>"}}}},
          {"farthest", {{{"cosine", 0.11}, {"a", "the *play* was long"}, {"b", "they *play* cards"}}}},
          {"same_neighbour", same},
          {"other_neighbour", other},
          {"map",
           {{"share", 0.43},
            {"groups",
             {{{"title", "near 'to'"}, {"points", {{0.5, -0.25, "they *play* cards"}}}},
              {{"title", "none of these"}, {"points", {{-0.5, 0.25, "the *play* was long"}}}}}}}}};
}

Json result() {
  return {{"words", {"play", "line"}},
          {"models",
           {{"elmo",
             {{"title", "ELMo"},
              {"contextual", true},
              {"layers", {"token", "lstm 1", "average"}},
              {"reference", {0.1, 0.2, 0.15}},
              {"words", {{"play", word(1, 0.4, 0.6, 0.8, 0.5)}, {"line", word(1, 0.5, 0.8, 0.9, 0.7)}}}}}}}};
}

TEST(SensesStudy, FindingSaysWhatTheNumbersSay) {
  const auto finding = SensesStudy().view({}, result()).finding;
  EXPECT_THAT(finding, HasSubstr("ELMo's K of one word in two sentences has cosine 0.70 (two different words 0.15)"));
  EXPECT_THAT(finding, HasSubstr("with different ones: ELMo 0.85 and 0.60."));
  auto poor = result();
  poor["models"]["elmo"]["words"]["play"]["other_neighbour"] = nullptr;
  EXPECT_THAT(SensesStudy().view({}, poor).finding, HasSubstr("ELMo 0.90 and 0.70.")) << "of words that have both";
}

TEST(SensesStudy, TablesHaveWordsByLayersAndPairsOfSentences) {
  const auto view = SensesStudy().view({}, result());
  ASSERT_EQ(view.tables.size(), 3u);
  for (const auto& [caption, table] : view.tables) {
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << caption;
  }
  const auto layers = view.tables[1].second.markdown();
  EXPECT_THAT(layers, HasSubstr("| play | 60 | 1.00 | 1.00 | 0.40 | 0.60 | 0.80 | 0.50 |"));
  EXPECT_THAT(layers, HasSubstr("two different words"));
  EXPECT_THAT(view.tables[2].second.markdown(),
              HasSubstr("| play | ELMo | farthest | 0.11 | the \\*play\\* was long |"));
  EXPECT_EQ(view.tables[2].second.html("pairs").find("<b>verse"), std::string::npos);
}

TEST(SensesStudy, MapsAreScattersWithASentenceAtEachPoint) {
  const auto charts = SensesStudy().view({}, result()).charts;
  ASSERT_EQ(charts.size(), 2u);
  EXPECT_EQ(charts[0]["id"], "senses-elmo-play");
  EXPECT_EQ(charts[0]["kind"], "scatter");
  EXPECT_EQ(charts[0]["groups"].size(), 2u);
  EXPECT_EQ(charts[0]["groups"][0]["points"], Json::parse(R"([[0.5, -0.25, "they *play* cards"]])"));
  EXPECT_NE(charts[0]["groups"][0]["colour"], charts[0]["groups"][1]["colour"]);
  EXPECT_THAT(charts[0]["note"].get<std::string>(), HasSubstr("43 %"));
}

TEST(SensesStudy, WhatAResultLacksIsLeftOut) {
  EXPECT_NO_THROW(SensesStudy().view({}, Json::object()));
  auto poor = result();
  for (auto& [name, entry] : poor["models"]["elmo"]["words"].items()) {
    for (const auto* key : {"map", "nearest", "farthest", "same_neighbour"}) entry.erase(key);
    entry["other_neighbour"] = nullptr;
  }
  poor["models"]["elmo"].erase("reference");
  const auto view = SensesStudy().view({}, poor);
  EXPECT_TRUE(view.charts.empty());
  EXPECT_EQ(view.tables.size(), 2u);
  EXPECT_THAT(view.finding, HasSubstr("0.70."));
}

TEST(SensesStudy, NothingToMeasureGivesNothing) {
  const std::vector<Training> trainings;
  const ComparedText text{};
  const auto folder = std::filesystem::temp_directory_path() / "zoo-no-such-file.json";
  KeptAnswers answers(folder);
  Json left_out = Json::array();
  EXPECT_TRUE(SensesStudy().measure({trainings, text, ".", "small", answers, left_out}).is_null());
}

}  // namespace
}  // namespace zoo
