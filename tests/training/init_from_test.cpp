// Real processes that start from given vectors, and go on from a run with a grown vocabulary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/files.h"
#include "base/process.h"
#include "formats/safetensors.h"
#include "runs/run_folder.h"
#include "tests/support/paths.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

struct Ended {
  int exit_status;
  std::string error;
};

class InitFrom : public testing::Test {
 protected:
  void SetUp() override { ::setenv("ZOO_CACHE", (folder_.path() / "cache").c_str(), 1); }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  /// Lines of words w<first> … w<first + 29>.
  std::string text(const std::string& name, int first) const {
    std::ofstream out(path(name));
    for (int i = 0; i < 200; ++i) {
      for (int j = 0; j < 10; ++j) out << "w" << first + (i * 7 + j * 11) % 30 << (j < 9 ? " " : "\n");
    }
    return path(name);
  }
  /// Trains into `run`; the model's rate so low that nothing moves.
  Ended train(const std::string& name, const std::string& input, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {program_,   "word2vec", "--input",         input,  "--valid", input,
                                      "--output", path(name), "--threads",       "1",    "--dim",   "8",
                                      "--epochs", "1",        "--learning-rate", "1e-20"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  static Ended run(const std::vector<std::string>& words) {
    testing::internal::CaptureStderr();
    const auto status = run_process(words).exit_status;
    return {status, testing::internal::GetCapturedStderr()};
  }
  static std::vector<float> row(const RunFolder& run, const std::string& tensor, const std::string& word) {
    const SafetensorsFile file(run.weights_file());
    const auto id = run.tokenizer()->id(word);
    const auto all = to_floats(file.at(tensor));
    const auto width = file.at(tensor).shape[1];
    return {all.begin() + *id * width, all.begin() + (*id + 1) * width};
  }

  TemporaryFolder folder_;
  std::string program_ = ZOO_BIN_DIR "/zoo-train";
};

TEST_F(InitFrom, ARunTrainingGoesOnWithItsRowsAndTheWordsOfBothTexts) {
  ASSERT_EQ(train("old", text("old.txt", 0), {"--learning-rate", "0.05"}).exit_status, 0);
  ASSERT_EQ(train("new", text("new.txt", 20), {"--init-from", path("old")}).exit_status, 0);
  const auto old = RunFolder::open(path("old")), now = RunFolder::open(path("new"));
  EXPECT_EQ(old.tokenizer()->size(), kSpecialTokens + 30);
  EXPECT_EQ(now.tokenizer()->size(), kSpecialTokens + 50);
  for (const auto* word : {"w3", "w25"}) {
    for (const auto* tensor : {"input.weight", "output.weight"}) {
      EXPECT_EQ(row(old, tensor, word), row(now, tensor, word)) << tensor << " " << word;
    }
  }
  EXPECT_EQ(now.config()["data"]["init_from"], path("old"));
  EXPECT_EQ(train("new", path("new.txt"), {"--resume"}).exit_status, 0);
  const auto other_rules = train("other", path("new.txt"), {"--init-from", path("old"), "--lowercase"});
  EXPECT_EQ(other_rules.exit_status, 2);
  EXPECT_THAT(other_rules.error, HasSubstr("--lowercase false"));
}

TEST_F(InitFrom, AFileGivesItsWordsTheirVectors) {
  std::ofstream(path("given.txt")) << "3 8\nw4 1 2 3 4 5 6 7 8\nelse 1 1 1 1 1 1 1 1\nw5 8 7 6 5 4 3 2 1\n";
  for (const auto* run : {"plain", "ngrams"}) {
    std::vector<std::string> more = {"--init-from", path("given.txt")};
    if (std::string_view(run) == "ngrams")
      more.insert(more.end(), {"--min-n", "2", "--max-n", "4", "--buckets", "100"});
    const auto result = train(run, text("text.txt", 0), more);
    ASSERT_EQ(result.exit_status, 0) << result.error;
    EXPECT_THAT(result.error, HasSubstr("2 of 30 words start from"));
    const auto vectors = open_vectors(path(run));
    const auto w5 = vectors.row(*vectors.find("w5"));
    for (int d = 0; d < 8; ++d) EXPECT_NEAR(w5[static_cast<std::size_t>(d)], 8 - d, 1e-5) << run;
    EXPECT_EQ(vectors.size(), 30);
  }
  EXPECT_TRUE(RunFolder::open(path("ngrams")).config()["word_vectors"].contains("subwords"));
}

TEST_F(InitFrom, WhatDoesNotFitIsRefusedInOneLine) {
  const auto input = text("text.txt", 0);
  std::ofstream(path("wide.txt")) << "1 9\nw4 1 2 3 4 5 6 7 8 9\n";
  std::ofstream(path("foreign.txt")) << "1 8\nelse 1 2 3 4 5 6 7 8\n";
  std::ofstream(path("broken.txt")) << "1 8\nw4 1 2 3 4 5 6 7 nan\n";
  const auto refused = [&](const std::string& file, int status, const std::string& message) {
    const auto result = train("run-" + file, input, {"--quiet", "--init-from", path(file)});
    EXPECT_EQ(result.exit_status, status) << file;
    EXPECT_THAT(result.error, HasSubstr(message));
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  };
  refused("wide.txt", 1, "give --dim 9");
  refused("foreign.txt", 1, "none of its 1 words");
  refused("broken.txt", 1, "w4");
  refused("missing.txt", 1, "missing.txt");
  const auto other = run({program_, "nnlm", "--quiet", "--input", input, "--valid", input, "--output", path("nnlm"),
                          "--init-from", path("foreign.txt")});
  EXPECT_EQ(other.exit_status, 2);
  EXPECT_THAT(other.error, HasSubstr("nnlm cannot start from word vectors"));
}

TEST_F(InitFrom, TheLossOfAnEpochIsTheMeanOverItsUpdates) {
  ASSERT_EQ(train("run", text("text.txt", 0), {"--epochs", "3", "--learning-rate", "0.05"}).exit_status, 0);
  std::vector<double> losses, slices;
  for (const auto& line : MetricsLog::read(RunFolder::open(path("run")).metrics_file())) {
    if (line.contains("epoch_loss")) {
      losses.push_back(line["epoch_loss"]);
      EXPECT_TRUE(line.contains("valid_loss"));
      EXPECT_EQ(line["epoch"], static_cast<double>(losses.size()));
    }
    if (line.contains("loss")) slices.push_back(line["loss"]);
  }
  ASSERT_EQ(losses.size(), 3U);
  EXPECT_EQ(losses, slices);  // a short text: one slice an epoch
  EXPECT_LT(losses[2], losses[0]);
}

}  // namespace
}  // namespace zoo
