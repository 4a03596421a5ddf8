// What is asked of words in their sentences on the command line: zoo nearest --in-context and --missing, zoo evaluate
// --task sentences, senses and occurrences.
#include <cmath>
#include <fstream>

#include "base/json.h"
#include "tests/apps/embed_fixture.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

class SentenceCommands : public EmbedCommand {};

TEST_F(SentenceCommands, NearestInContextShowsSentencesWithTheWordMarked) {
  const auto json = run_zoo({"nearest", "--model", run("elmo"), "--in-context", "the *play* was long", "--same-word",
                             "--top", "3", "--json", "--quiet"});
  ASSERT_EQ(json.status, 0) << json.errors;
  const auto result = Json::parse(json.output);
  EXPECT_EQ(result["query"], "the *play* was long");
  ASSERT_EQ(result["neighbours"].size(), 3u);
  double before = 1.0001;
  for (const auto& neighbour : result["neighbours"]) {
    EXPECT_EQ(neighbour["word"], "play");
    EXPECT_THAT(neighbour["sentence"].get<std::string>(), HasSubstr("*play*"));
    EXPECT_LE(neighbour["cosine"].get<double>(), before);
    before = neighbour["cosine"].get<double>();
  }
  const auto text = run_zoo({"nearest", "--model", run("masked"), "--in-context=a *bank* here", "--input",
                             path("in.txt"), "--layer", "block 1", "--quiet"});
  EXPECT_EQ(text.status, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr("*bank*"));
  EXPECT_THAT(text.output, HasSubstr("layer: block 1"));
  EXPECT_EQ(result["static"]["neighbours"].size(), 3u) << "those of the word's own vector";
  EXPECT_NE(result["static"]["neighbours"][0]["word"], "play");
  const auto beside = run_zoo({"nearest", "--model", run("elmo"), "--in-context", "the *play* was long", "--static",
                               run("nnlm"), "--top", "2", "--quiet"});
  EXPECT_EQ(beside.status, 0) << beside.errors;
  EXPECT_THAT(beside.output, HasSubstr("whatever its sentence, by the word vectors of " + run("nnlm")));
  const auto unknown =
      run_zoo({"nearest", "--model", run("elmo"), "--in-context", "a *zebra* here", "--input", path("in.txt")});
  EXPECT_THAT(unknown.errors, HasSubstr("'zebra' is not in the run's vocabulary"));
}

TEST_F(SentenceCommands, AMissingWordIsGuessedFromEachSideAndFromBoth) {
  const auto asked = [&](const std::string& model) {
    const auto result =
        run_zoo({"nearest", "--model", run(model), "--missing", "the ___ was long", "--top", "4", "--json", "--quiet"});
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(result.output);
  };
  const auto elmo = asked("elmo");
  EXPECT_EQ(elmo["left_only"], false);
  for (const auto* side : {"candidates", "from_left", "from_right"}) {
    ASSERT_EQ(elmo[side].size(), 4u) << side;
    double before = 1;
    for (const auto& one : elmo[side]) {
      EXPECT_LE(one["share"].get<double>(), before);
      EXPECT_GT(one["share"].get<double>(), 0);
      before = one["share"];
    }
  }
  EXPECT_NE(elmo["from_left"], elmo["from_right"]);
  const auto masked = asked("masked");
  EXPECT_EQ(masked["left_only"], false);
  EXPECT_FALSE(masked.contains("from_left")) << "its two sides cannot be told apart";
  EXPECT_EQ(asked("nnlm")["left_only"], true);
  const auto none = run_zoo({"nearest", "--model", run("elmo"), "--missing", "the play was long"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.errors, HasSubstr("one gap"));
  EXPECT_EQ(run_zoo({"nearest", "--model", run("elmo"), "--missing", "the ___ was ___"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", run("elmo"), "--missing", "___"}).status, 0) << "an empty sentence";
}

TEST_F(SentenceCommands, SentencesAreScoredInBothDirections) {
  std::ofstream(path("two.txt")) << "the play was long .\n\nthey play cards zebra\n";
  const auto scored = [&](const std::string& model, const std::string& batch) {
    const auto result = run_zoo({"evaluate", "--model", run(model), "--task", "sentences", "--input", path("two.txt"),
                                 "--batch-size", batch, "--json", "--quiet"});
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(result.output);
  };
  const auto elmo = scored("elmo", "32"), alone = scored("elmo", "1");
  ASSERT_EQ(elmo["sentences"].size(), 2u);
  EXPECT_EQ(elmo["tokens"], 6 + 5);
  EXPECT_EQ(elmo["unknown_tokens"], 1);
  double forward = 0, backward = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& one = elmo["sentences"][i];
    for (const auto& [a, b] :
         {std::pair(one, alone["sentences"][i]), std::pair(one["backward"], alone["sentences"][i]["backward"])}) {
      EXPECT_NEAR(a["log_probability"].get<double>(), b["log_probability"].get<double>(), 1e-4);
    }
    EXPECT_LT(one["log_probability"].get<double>(), 0);
    EXPECT_NE(one["log_probability"], one["backward"]["log_probability"]);
    forward += one["log_probability"].get<double>();
    backward += one["backward"]["log_probability"].get<double>();
  }
  EXPECT_NEAR(elmo["perplexity"].get<double>(), std::exp(-forward / 11), 1e-6);
  EXPECT_NEAR(elmo["both_directions"].get<double>(), std::exp(-(forward + backward) / 22), 1e-6);
  const auto nnlm = scored("nnlm", "32");
  EXPECT_FALSE(nnlm.contains("backward"));
  const auto text =
      run_zoo({"evaluate", "--model", run("elmo"), "--task", "sentences", "--input", path("two.txt"), "--quiet"});
  EXPECT_THAT(text.output, HasSubstr("  the play was long ."));
  // A text of one line is read like a sentence; from behind it is not: its end is predicted there, not its begin.
  std::ofstream(path("one.txt")) << "the play was long .\n";
  for (const auto* model : {"elmo", "nnlm"}) {
    const auto whole = run_zoo(
        {"evaluate", "--model", run(model), "--task", "perplexity", "--input", path("one.txt"), "--json", "--quiet"});
    ASSERT_EQ(whole.status, 0) << whole.errors;
    const auto sum = Json::parse(whole.output);
    const auto one = scored(model, "32")["sentences"][0];
    EXPECT_NEAR(sum["log_probability_sum"].get<double>(), one["log_probability"].get<double>(), 1e-4) << model;
  }
}

TEST_F(SentenceCommands, SensesAndOccurrencesAreEvaluatedLayerByLayer) {
  std::ofstream(path("senses.tsv")) << "lemma\tsense\tposition\ttokens\n"
                                    << "play\ta\t1\tthe play was long\nplay\ta\t1\ta play was long\n"
                                    << "play\tb\t1\tthey play cards\nplay\tb\t1\tthey play cards at bank\n";
  const auto senses = run_zoo({"evaluate", "--model", run("masked"), "--task", "senses", "--input", path("senses.tsv"),
                               "--train", path("senses.tsv"), "--json", "--quiet"});
  ASSERT_EQ(senses.status, 0) << senses.errors;
  const auto result = Json::parse(senses.output);
  for (const auto* row : {"block 1", "average", "bag of words"}) {
    EXPECT_EQ(result["table"][row]["nearest"]["micro"], 1.0) << "each finds itself";
  }
  EXPECT_EQ(result["table"]["most frequent sense"]["nearest"]["per_sense"], 0.5);
  const auto with = run_zoo({"evaluate", "--model", run("masked"), "--task", "senses", "--input", path("senses.tsv"),
                             "--vectors", run("nnlm"), "--quiet"});
  EXPECT_EQ(with.status, 0) << with.errors;
  EXPECT_THAT(with.output, HasSubstr("mean vector of 10 words on each side"));
  const auto one = run_zoo(
      {"evaluate", "--model", run("nnlm"), "--task", "senses", "--input", path("senses.tsv"), "--json", "--quiet"});
  ASSERT_EQ(one.status, 0) << one.errors;
  const auto baseline = Json::parse(one.output);
  EXPECT_EQ(baseline["table"]["word"], baseline["table"]["most frequent sense"]);
  const auto occurrences =
      run_zoo({"evaluate", "--model", run("elmo"), "--task", "occurrences", "--input", path("train.txt"), "--words",
               "play,bank,zebra", "--occurrences", "20", "--json", "--quiet"});
  ASSERT_EQ(occurrences.status, 0) << occurrences.errors;
  const auto answer = Json::parse(occurrences.output);
  EXPECT_EQ(answer["left_out"], (Json{"zebra"}));
  EXPECT_EQ(answer["words"]["play"]["occurrences"], 20);
  EXPECT_NEAR(answer["words"]["play"]["similarity"][0].get<double>(), 1, 1e-4) << "its own vector";
  EXPECT_LT(answer["words"]["play"]["similarity"][1].get<double>(), 0.9999) << "with its sentence";
  EXPECT_EQ(run_zoo({"evaluate", "--model", run("elmo"), "--task", "occurrences", "--input", path("train.txt")}).status,
            2);
}

}  // namespace
}  // namespace zoo
