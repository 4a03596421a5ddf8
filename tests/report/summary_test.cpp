#include "report/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.h"

namespace zoo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Json fixture() { return read_json(ZOO_SOURCE_DIR "/tests/data/report/fixture.json"); }

std::size_t column(const Table& table, const std::string& start) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].title.rfind(start, 0) == 0) return i;
  }
  ADD_FAILURE() << "no column " << start;
  return 0;
}

TEST(Summary, RungsComeInTheOrderOfTheRoad) {
  auto report = fixture();
  report["models"]["late"] = {{"title", "Late"}, {"step", 40}};
  report["models"]["early"] = {{"title", "Early"}, {"step", -1}};
  EXPECT_THAT(rung_names(report), ElementsAre("early", "ngram", "nnlm", "cbow", "skip-gram", "late"));
}

TEST(Summary, TheBestOfAColumnIsMarkedInItsDirection) {
  const auto table = headline_table(fixture());
  const auto perplexity = column(table, "Perplexity"), wordsim = column(table, "WordSim-353");
  EXPECT_FALSE(table.rows[0][perplexity].best);  // the baseline
  EXPECT_FALSE(table.rows[1][perplexity].best);
  EXPECT_TRUE(table.rows[2][perplexity].best);
  EXPECT_TRUE(table.rows[4][wordsim].best);
}

TEST(Summary, AModelThatSeesOnlyTheLeftIsMarkedAndMayStillWin) {
  auto report = fixture();
  const auto cloze = column(headline_table(report), "Cloze");
  const auto table = headline_table(report);
  EXPECT_THAT(table.rows[2][cloze].text, HasSubstr("†"));
  EXPECT_THAT(table.rows[3][cloze].text, Not(HasSubstr("†")));
  EXPECT_TRUE(table.rows[3][cloze].best);
  EXPECT_THAT(table.notes, ElementsAre(HasSubstr("left of the gap")));
  report["models"]["nnlm"]["cloze"] = 0.9;
  EXPECT_TRUE(headline_table(report).rows[2][cloze].best);
}

TEST(Summary, ARungsSentenceTellsGainLossAndCostFromTheNumbers) {
  auto report = fixture();
  EXPECT_EQ(rung_sentence(report, "nnlm"),
            "Gained on Kneser–Ney trigram: perplexity 287.9 against 312.4 (8 % lower) and cloze 14.1 % against 13.1 % "
            "(0.9 points more); brought WordSim-353 0.214, SimLex-999 0.081 and analogies 2.1 %; the cost: 9.8 min of "
            "training, 163 times as long and 4.12M parameters.");
  report["models"]["nnlm"]["perplexity"] = 400.0;
  EXPECT_THAT(rung_sentence(report, "nnlm"), HasSubstr("lost: perplexity 400.0 against 312.4 (28 % higher)"));
  EXPECT_THAT(rung_sentence(report, "ngram"), HasSubstr("Gained on Unigram: perplexity 312.4 against 702.5"));
}

TEST(Summary, BothVariantsOfAModelAreHeldAgainstTheRungBelow) {
  const auto sentence = rung_sentence(fixture(), "skip-gram");
  EXPECT_THAT(sentence, HasSubstr("on NNLM"));
  EXPECT_THAT(sentence, Not(HasSubstr("CBOW")));
  EXPECT_THAT(sentence, HasSubstr("gave up perplexity"));
}

TEST(Summary, MarkdownHoldsTheSameTable) {
  const auto markdown = report_markdown(fixture());
  EXPECT_THAT(markdown, HasSubstr(headline_table(fixture()).markdown()));
  EXPECT_THAT(markdown, HasSubstr("could not be had"));
}

}  // namespace
}  // namespace zoo
