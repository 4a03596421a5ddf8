// zoo train tagger and zoo evaluate --task tags, as a user types them, on a text whose tags depend on the word before.
#include <fstream>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "runs/run_folder.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TaggerCommands : public testing::Test {
 protected:
  /// Sentences out of a … h, each word near the one two places before it: a language model must remember two words.
  /// A word's tag tells whether the word before it is one of a … d. 40 documents.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ::setenv("ZOO_CACHE", path("cache").c_str(), 1);
    Random random(1);
    std::ofstream plain(path("plain.txt")), tagged(path("tagged.txt"));
    for (int line = 0; line < 800; ++line) {
      std::uint64_t before = random.below(8), second = random.below(8);
      for (int i = 0; i < 8; ++i) {
        const auto word = (second + random.below(2)) % 8;
        plain << (i > 0 ? " " : "") << static_cast<char>('a' + word);
        tagged << (i > 0 ? " " : "") << static_cast<char>('a' + word) << (before < 4 ? "/low" : "/high");
        second = before;
        before = word;
      }
      plain << (line % 20 == 19 ? "\n\n" : "\n");
      tagged << (line % 20 == 19 ? "\n\n" : "\n");
    }
    plain.close();
    tagged.close();
    trained_elmo_ = run_zoo({"train",     "elmo",
                             "--input",   path("plain.txt"),
                             "--output",  path("elmo"),
                             "--threads", "1",
                             "--quiet",   "--character-dim",
                             "4",         "--filter-widths",
                             "1",         "--filter-counts",
                             "8",         "--projection",
                             "12",        "--cell",
                             "24",        "--length",
                             "8",         "--batch-size",
                             "8",         "--epochs",
                             "1",         "--learning-rate",
                             "0.005"});
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  static CommandResult train(const std::string& run, const std::string& vectors, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {
        "train",   "tagger",    "--input", path("tagged.txt"), "--vectors", vectors,       "--output",
        path(run), "--threads", "1",       "--quiet",          "--json",    "--min-steps", "400"};
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static CommandResult trained_elmo_;
};
std::unique_ptr<TemporaryFolder> TaggerCommands::folder_;
CommandResult TaggerCommands::trained_elmo_;

TEST_F(TaggerCommands, VectorsInContextTellWhatTheWordAloneCannot) {
  ASSERT_EQ(trained_elmo_.status, 0) << trained_elmo_.errors;
  const auto fixed = train("fixed", "random", {"--test"});
  ASSERT_EQ(fixed.status, 0) << fixed.errors;
  const auto context = train("context", path("elmo"), {"--test", "--share", "0.1,1"});
  ASSERT_EQ(context.status, 0) << context.errors;
  const auto alone = Json::parse(fixed.output), within = Json::parse(context.output);
  EXPECT_LT(alone["shares"][0]["test"]["accuracy"], 0.7);
  EXPECT_GT(within["shares"][1]["test"]["accuracy"], 0.9);
  EXPECT_EQ(within["layers"], (std::vector<std::string>{"token", "lstm 1", "lstm 2"}));
  EXPECT_EQ(within["shares"][1]["mix"].size(), 3);
  EXPECT_EQ(within["shares"][0]["sentences"], 72) << "a tenth of 36 documents of 20 sentences";
  EXPECT_EQ(alone["in_context"], false);
  EXPECT_EQ(within["in_context"], true);

  const auto measured = run_zoo({"evaluate", "--task", "tags", "--model", path("context/share-1"), "--input",
                                 path("tagged.txt"), "--split", "test", "--threads", "1", "--json", "--quiet"});
  ASSERT_EQ(measured.status, 0) << measured.errors;
  const auto scores = Json::parse(measured.output);
  EXPECT_EQ(scores["accuracy"], within["shares"][1]["test"]["accuracy"]) << "the run holds all that training measured";
  EXPECT_EQ(scores["words"], 2 * 20 * 8);
  EXPECT_LT(scores["baseline_accuracy"], 0.7);
  EXPECT_EQ(scores["unseen_words"], 0);
  EXPECT_TRUE(scores["accuracy_on_unseen"].is_null());

  const auto own = train("own", path("elmo"), {"--test", "--layer", "token"});
  ASSERT_EQ(own.status, 0) << own.errors;
  EXPECT_LT(Json::parse(own.output)["shares"][0]["test"]["accuracy"], 0.7) << "E1 is the word's own";
}

TEST_F(TaggerCommands, ARunIsCompleteAndAFinishedOneIsNotTrainedAgain) {
  ASSERT_EQ(train("whole", "random").status, 0);
  const auto run = RunFolder::open(path("whole"));
  EXPECT_EQ(run.model_kind(), "tagger");
  EXPECT_TRUE(run.finished());
  EXPECT_TRUE(fs::exists(run.weights_file()));
  EXPECT_TRUE(fs::exists(run.tokenizer_folder()));
  EXPECT_GE(MetricsLog::read(run.metrics_file()).size(), 2);
  EXPECT_EQ(run_zoo({"info", path("whole")}).status, 0);
  const auto scores = run_zoo({"evaluate", "--task", "tags", "--model", path("whole"), "--input", path("tagged.txt"),
                               "--split", "test", "--threads", "1", "--json", "--quiet"});
  EXPECT_EQ(scores.status, 0) << scores.errors;

  const auto resumed = run_zoo({"train", "tagger", "--output", path("whole"), "--resume"});
  EXPECT_EQ(resumed.status, 0);
  EXPECT_THAT(resumed.errors, HasSubstr("already finished"));
  const auto again = train("whole", "random");
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.errors, HasSubstr("--replace"));

  const auto cut = train("cut", "random", {"--max-minutes", "0.0001", "--min-steps", "100000"});
  ASSERT_EQ(cut.status, 0) << cut.errors;
  EXPECT_FALSE(RunFolder::open(path("cut")).finished());
  const auto anew = run_zoo({"train", "tagger", "--output", path("cut"), "--resume", "--quiet", "--hidden-size", "9"});
  EXPECT_EQ(anew.status, 2) << "other options than it was started with";
}

TEST_F(TaggerCommands, AStoppedTrainingGoesOnToTheSameBytes) {
  ASSERT_EQ(trained_elmo_.status, 0) << trained_elmo_.errors;
  const std::vector<std::string> fine_tuned = {"--fine-tune", "--max-sentences", "60", "--min-steps", "40"};
  for (const auto& [name, vectors, more] :
       {std::tuple{"words", std::string("random"), std::vector<std::string>{}}, {"tuned", path("elmo"), fine_tuned}}) {
    const auto whole = std::string(name) + "-whole", parted = std::string(name) + "-parted";
    ASSERT_EQ(train(whole, vectors, more).status, 0);
    auto first = more;
    first.insert(first.end(), {"--max-steps", "17"});
    ASSERT_EQ(train(parted, vectors, first).status, 0);
    EXPECT_FALSE(RunFolder::open(path(parted)).finished());
    const auto gone_on = run_zoo({"train", "tagger", "--output", path(parted), "--resume", "--max-steps", "0"});
    ASSERT_EQ(gone_on.status, 0) << gone_on.errors;
    EXPECT_THAT(gone_on.errors, HasSubstr("going on from step 17"));
    EXPECT_TRUE(RunFolder::open(path(parted)).finished());
    EXPECT_EQ(read_file(path(parted + "/model.safetensors")), read_file(path(whole + "/model.safetensors"))) << name;
  }
  EXPECT_EQ(read_file(path("tuned-parted/fine_tuned/model.safetensors")),
            read_file(path("tuned-whole/fine_tuned/model.safetensors")));
}

TEST_F(TaggerCommands, AnLstmReadsTheSentenceInFixedVectorsToo) {
  const auto trained =
      train("reader", "random", {"--test", "--lstm", "16", "--hidden-size", "0", "--batch-size", "64"});
  ASSERT_EQ(trained.status, 0) << trained.errors;
  EXPECT_GT(Json::parse(trained.output)["shares"][0]["test"]["accuracy"], 0.9) << "the word before decides";
  const auto scores = run_zoo({"evaluate", "--task", "tags", "--model", path("reader"), "--input", path("tagged.txt"),
                               "--split", "test", "--threads", "1", "--json", "--quiet"});
  ASSERT_EQ(scores.status, 0) << scores.errors;
  EXPECT_EQ(Json::parse(scores.output)["accuracy"], Json::parse(trained.output)["shares"][0]["test"]["accuracy"]);
}

TEST_F(TaggerCommands, VectorsAreFineTunedAndSavedAsARunOfTheirOwn) {
  ASSERT_EQ(trained_elmo_.status, 0) << trained_elmo_.errors;
  const auto tuned =
      train("tuned", path("elmo"), {"--test", "--fine-tune", "--max-sentences", "200", "--min-steps", "60"});
  ASSERT_EQ(tuned.status, 0) << tuned.errors;
  EXPECT_GT(Json::parse(tuned.output)["shares"][0]["test"]["accuracy"], 0.8);
  EXPECT_EQ(RunFolder::open(path("tuned/fine_tuned")).model_kind(), "elmo");
  EXPECT_NE(read_file(path("tuned/fine_tuned/model.safetensors")), read_file(path("elmo/model.safetensors")));
  fs::rename(path("tuned"), path("moved-run"));
  const auto scores = run_zoo({"evaluate", "--task", "tags", "--model", path("moved-run"), "--input",
                               path("tagged.txt"), "--split", "test", "--threads", "1", "--json", "--quiet"});
  ASSERT_EQ(scores.status, 0) << scores.errors;
  EXPECT_NEAR(Json::parse(scores.output)["accuracy"].get<double>(),
              Json::parse(tuned.output)["shares"][0]["test"]["accuracy"].get<double>(), 0.004)
      << "half-precision features, read anew";
  std::ofstream(path("few.txt")) << "a b c d\n";
  const auto embedded = run_zoo({"embed", "--model", path("moved-run/fine_tuned"), "--input", path("few.txt"),
                                 "--layer", "mix", "--mix", path("moved-run"), "--output", path("few.npy"), "--quiet"});
  EXPECT_EQ(embedded.status, 0) << embedded.errors;
  const auto none = run_zoo({"embed", "--model", path("elmo"), "--input", path("few.txt"), "--layer", "mix", "--mix",
                             path("elmo"), "--output", path("few2.npy"), "--quiet"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.errors, HasSubstr("has learned no weights of layers"));
  EXPECT_EQ(train("not", "random", {"--fine-tune"}).status, 2);
  EXPECT_EQ(train("not", "random", {"--mix-output"}).status, 2) << "there is no LSTM";
  EXPECT_EQ(train("not", path("elmo"), {"--fine-tune", "--share", "0.1,1"}).status, 2);
}

TEST_F(TaggerCommands, ATableOfWordVectorsIsFineTunedToo) {
  ASSERT_EQ(run_zoo({"train", "word2vec", "--input", path("plain.txt"), "--output", path("sg"), "--min-count", "1",
                     "--dim", "8", "--epochs", "1", "--threads", "1", "--quiet"})
                .status,
            0);
  const std::vector<std::string> more = {"--test", "--fine-tune", "--min-steps", "60", "--max-sentences", "200"};
  const auto tuned = train("tuned-words", path("sg"), more);
  ASSERT_EQ(tuned.status, 0) << tuned.errors;
  const auto scores = run_zoo({"evaluate", "--task", "tags", "--model", path("tuned-words"), "--input",
                               path("tagged.txt"), "--split", "test", "--threads", "1", "--json", "--quiet"});
  ASSERT_EQ(scores.status, 0) << scores.errors;
  EXPECT_EQ(Json::parse(scores.output)["accuracy"], Json::parse(tuned.output)["shares"][0]["test"]["accuracy"]);
  EXPECT_EQ(run_zoo({"nearest", "--model", path("tuned-words/fine_tuned"), "a"}).status, 0);
  auto anew = more;
  anew.push_back("--replace");
  EXPECT_EQ(train("tuned-words", path("sg"), anew).status, 0) << "its fine_tuned/ goes with it";
  EXPECT_EQ(train("tuned-words", path("sg"), {"--replace", "--min-steps", "20"}).status, 0);
  EXPECT_FALSE(fs::exists(path("tuned-words/fine_tuned")));
}

TEST_F(TaggerCommands, FilesOfVectorsServeToo) {
  std::ofstream vectors(path("vectors.txt"));
  vectors << "8 3\n";
  for (char word = 'a'; word <= 'h'; ++word) vectors << word << " " << (word - 'a') << " 1 0." << word % 10 << "\n";
  vectors.close();
  const auto trained = train("file", path("vectors.txt"), {"--test"});
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto scores = run_zoo({"evaluate", "--task", "tags", "--model", path("file"), "--input", path("tagged.txt"),
                               "--split", "test", "--threads", "1", "--json", "--quiet"});
  ASSERT_EQ(scores.status, 0) << scores.errors;
  fs::rename(path("vectors.txt"), path("moved.txt"));
  const std::vector<std::string> words = {"evaluate",         "--task",  "tags",   "--model",   path("file"), "--input",
                                          path("tagged.txt"), "--quiet", "--json", "--threads", "1"};
  const auto gone = run_zoo(words);
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.errors, HasSubstr("--vectors"));
  auto with = words;
  with.insert(with.end(), {"--vectors", path("moved.txt")});
  EXPECT_EQ(run_zoo(with).status, 0);
  std::ofstream(path("moved.txt"), std::ios::app) << "\n";
  EXPECT_THAT(run_zoo(with).errors, HasSubstr("other vectors"));
}

TEST_F(TaggerCommands, WhatCannotBeIsRefusedInOneLine) {
  const auto expect = [](const CommandResult& result, int status, const std::string& text) {
    EXPECT_EQ(result.status, status) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(text));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  };
  expect(train("bad", path("none")), 1, "no such run folder or file");
  expect(train("bad", path("tagged.txt")), 1, "tagged.txt");
  expect(train("bad", "random", {"--share", "0"}), 2, "--share 0");
  expect(train("bad", "random", {"--share", "half"}), 2, "--share half");
  expect(train("bad", path("elmo"), {"--layer", "7"}), 2, "one of 0 … 2: token, lstm 1, lstm 2");
  expect(train("bad", "random", {"--layer", "lstm 1"}), 2, "one a word");
  expect(train("bad", "random", {"--input", path("plain.txt")}), 1, "is not word/tag");
  expect(train("bad", "random", {"--input", path("none.txt")}), 1, "none.txt");
  ASSERT_EQ(run_zoo({"train", "ngram", "--input", path("plain.txt"), "--output", path("ngram"), "--quiet"}).status, 0);
  expect(train("bad", path("ngram")), 1, "has no vectors");
  EXPECT_FALSE(fs::exists(path("bad"))) << "nothing is left of what was refused";
  expect(run_zoo({"evaluate", "--task", "tags", "--model", path("elmo"), "--input", path("tagged.txt")}), 1,
         "zoo train tagger");
  ASSERT_EQ(train("short", "random").status, 0);
  fs::resize_file(path("short/model.safetensors"), 200);
  expect(run_zoo({"evaluate", "--task", "tags", "--model", path("short"), "--input", path("tagged.txt")}), 1,
         "model.safetensors");
  expect(run_zoo({"compare", "--models", "tagger", "--output", path("compared")}), 2, "no row of a comparison");
}

}  // namespace
}  // namespace zoo
