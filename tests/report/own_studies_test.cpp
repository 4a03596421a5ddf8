// What the studies of parallelism and translation show of given numbers.
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "base/files.h"
#include "data/text_reader.h"
#include "report/shown_studies.h"
#include "report/study_parallelism.h"
#include "report/study_translation.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;
using testing::Not;

Json row(const char* network, int length, const char* direction, double seconds, int steps) {
  return {{"network", network}, {"length", length},         {"direction", direction},
          {"seconds", seconds}, {"dependent_steps", steps}, {"tokens_per_second", length / seconds}};
}

Json parallelism() {
  return {{"hidden_size", 256},
          {"layers", 2},
          {"batch_size", 1},
          {"threads", 2},
          {"repeats", 3},
          {"parameters", {{"lstm", 1577000}, {"encoder", 1579520}}},
          {"left_out", {"lstm at 2048 words: more than --max-seconds 18 in all"}},
          {"rows",
           {row("lstm", 16, "forward", 0.004, 17), row("lstm", 16, "training", 0.012, 34),
            row("encoder", 16, "forward", 0.002, 2), row("encoder", 16, "training", 0.006, 4),
            row("lstm", 1024, "forward", 0.4, 1025), row("lstm", 1024, "training", 1.2, 2050),
            row("encoder", 1024, "forward", 0.1, 2), row("encoder", 1024, "training", 1.8, 4),
            row("encoder", 2048, "forward", 0.3, 2)}}};
}

TEST(ParallelismStudy, TellsWhatTheNumbersSayOnBothSides) {
  const auto view = ParallelismStudy().view({}, parallelism());
  EXPECT_THAT(view.finding, HasSubstr("For 1024 words the LSTM needs 1025 steps that wait for one another, the encoder "
                                      "blocks 2; they were 4.0 times as fast"));
  EXPECT_THAT(view.finding, HasSubstr("in training 1.5 times as slow")) << "whatever they are";
  EXPECT_THAT(view.finding, HasSubstr("64 times as many took the LSTM 100 times as long and the blocks 50 times"));
  ASSERT_EQ(view.charts.size(), 2u);
  EXPECT_EQ(view.charts[0]["series"].size(), 4u);
  EXPECT_EQ(view.charts[1]["series"].size(), 2u) << "training is twice as many";
  EXPECT_EQ(view.charts[0]["x"]["log"], true);
  ASSERT_EQ(view.tables.size(), 1u);
  const auto& table = view.tables[0].second;
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[2][1].text, "–") << "the LSTM was not measured there";
  EXPECT_TRUE(table.rows[1][4].best);
  EXPECT_TRUE(table.rows[1][5].best);
  EXPECT_THAT(table.notes[0], HasSubstr("1.58M parameters"));
  EXPECT_THAT(table.notes[1], HasSubstr("2048"));
}

TEST(ParallelismStudy, SaysSoWhereNothingWasMeasured) {
  auto result = parallelism();
  result["rows"] = Json::array();
  EXPECT_THAT(ParallelismStudy().view({}, result).finding, HasSubstr("Nothing could be measured"));
  Json report = {{"models", Json::object()}, {"studies", {{"parallelism", {{"layers", 2}}}}}};
  EXPECT_TRUE(shown_studies(report).empty()) << "no rows at all: another version's";
}

Json maps() {
  const Json head = {{0.5, 0.25, 0.25}, {0.1, 0.9, 0.0}, {0.0, 0.0, 1.0}};
  const Json other = {{0.1, 0.75, 0.15}, {0.3, 0.7, 0.0}, {0.0, 0.2, 0.8}};
  return {{"text", "the words"},
          {"attentions",
           {{{"name", "encoder"}, {"queries", {"a"}}, {"keys", {"a"}}, {"layers", {{{{1.0}}}}}},
            {{"name", "cross"},
             {"queries", {"<s>", "\u2581les", "\u2581mo"}},
             {"keys", {"\u2581the", "\u2581word", "s"}},
             {"layers", {{head, head}, {head, other}}}}}}};
}

TEST(TranslationStudy, CrossAttentionIsTheMeanOfTheLastLayersHeadsByTheWordMade) {
  const auto cross = cross_attention_of(maps());
  EXPECT_EQ(cross["rows"], (Json{"les", "mo", "</s>"})) << "what came of each step";
  EXPECT_EQ(cross["columns"], (Json{"the", "word", "·s"}));
  EXPECT_EQ(cross["values"][0], (Json{0.3, 0.5, 0.2}));
  EXPECT_EQ(cross["values"][2][1], 0.1);
  EXPECT_EQ(cross["layer"], 2);
  EXPECT_TRUE(cross_attention_of({{"attentions", Json::array()}}).is_null());
}

Json translation() {
  return {{"kind", "transformer"},
          {"title", "Transformer for translation"},
          {"source", "English"},
          {"target", "French"},
          {"minutes", 1.5},
          {"ended", "its share was spent"},
          {"parameters", 2100000},
          {"bleu", 3.21},
          {"signature", "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"},
          {"sentences", 150},
          {"beam", 1},
          {"sentences_per_second", 31.2},
          {"samples", {{{"source", "And God said"}, {"reference", "Dieu dit"}, {"translation", "Et Dieu | dit"}}}},
          {"attention", cross_attention_of(maps())}};
}

TEST(TranslationStudy, ShowsScoreSamplesAndWhereTheDecoderLooks) {
  const Json report = {{"models", Json::object()}, {"studies", {{"translation", translation()}}}};
  const auto shown = shown_studies(report);
  ASSERT_EQ(shown.size(), 1u);
  const auto& view = shown[0].view;
  EXPECT_THAT(view.finding, HasSubstr("BLEU 3.2"));
  EXPECT_THAT(view.finding, HasSubstr("150 verses"));
  ASSERT_EQ(view.tables.size(), 2u);
  EXPECT_EQ(view.tables[1].second.rows[0][2].text, "Et Dieu | dit");
  ASSERT_EQ(view.charts.size(), 1u);
  EXPECT_EQ(view.charts[0]["kind"], "heat");
  EXPECT_EQ(view.charts[0]["place"], "study-translation");
}

TEST(TranslationStudy, WithoutSamplesAndAttentionTheScoreStands) {
  auto result = translation();
  result.erase("samples");
  result["attention"] = nullptr;
  const auto view = TranslationStudy().view({}, result);
  EXPECT_TRUE(view.charts.empty());
  EXPECT_EQ(view.tables.size(), 1u);
}

class TestPairs : public testing::Test {
 protected:
  /// 60 chapters of three verses each, laid out as zoo data get bible does.
  void SetUp() override {
    std::ofstream english(file("bible.en.txt")), french(file("bible.fr.txt"));
    for (int chapter = 0; chapter < 60; ++chapter) {
      if (chapter > 0) english << "\n", french << "\n";
      for (int verse = 0; verse < 3; ++verse) {
        english << "verse " << chapter << ":" << verse << "\n";
        french << "verset " << chapter << ":" << verse << "\n";
      }
    }
  }
  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> out;
    std::ifstream in(file(name));
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  TemporaryFolder folder_;
};

TEST_F(TestPairs, AreWholeChaptersOfWhichNoneIsTrainedOn) {
  EXPECT_EQ(write_test_pairs(file("bible.en.txt"), file("bible.fr.txt"), 1000, file("out/a"), file("out/b")), 9);
  const auto english = lines("out/a"), french = lines("out/b");
  ASSERT_EQ(english.size(), 9u);
  std::set<std::string> trained;
  for (const auto part : {Part::train, Part::valid}) {
    TextReader({file("bible.en.txt").string()}, part).for_each_line([&](std::string_view line, std::int64_t) {
      trained.insert(std::string(line));
    });
  }
  EXPECT_EQ(trained.size() + english.size(), 180u) << "each verse is in one part";
  for (std::size_t i = 0; i < english.size(); ++i) {
    EXPECT_FALSE(trained.contains(english[i])) << english[i];
    EXPECT_EQ(english[i].substr(6), french[i].substr(7)) << "the two belong together";
  }
}

TEST_F(TestPairs, FewerAreSpreadOverTheTest) {
  EXPECT_EQ(write_test_pairs(file("bible.en.txt"), file("bible.fr.txt"), 3, file("a"), file("b")), 9);
  EXPECT_THAT(lines("a"), testing::ElementsAre("verse 19:0", "verse 39:0", "verse 59:0"));
  EXPECT_THAT(lines("b"), testing::ElementsAre("verset 19:0", "verset 39:0", "verset 59:0"));
}

TEST_F(TestPairs, TextsThatDoNotGoTogetherAreRefused) {
  std::ofstream(file("short.txt")) << "one\n\ntwo\n";
  const auto error =
      error_of([&] { write_test_pairs(file("bible.en.txt"), file("short.txt"), 3, file("a"), file("b")); });
  EXPECT_THAT(error, HasSubstr("short.txt"));
}

}  // namespace
}  // namespace zoo
