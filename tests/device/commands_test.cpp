// --device cuda as a user types it. With the stand-in loaded into every program, what the CPU says comes out.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/json.h"
#include "base/random.h"
#include "tests/device/device.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

class DeviceCommands : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ::setenv("ZOO_CACHE", path("cache").c_str(), 1);
    Random random(1);
    std::ofstream text(path("text.txt")), tagged(path("tagged.txt"));
    for (int line = 0; line < 400; ++line) {
      for (int i = 0; i < 8; ++i) {
        const auto word = static_cast<char>('a' + random.below(12));
        text << (i > 0 ? " " : "") << word;
        tagged << (i > 0 ? " " : "") << word << (word < 'e' ? "/low" : "/high");
      }
      text << (line % 20 == 19 ? "\n\n" : "\n");
      tagged << (line % 20 == 19 ? "\n\n" : "\n");
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }
  void SetUp() override {
    if (!is_stand_in()) GTEST_SKIP() << "needs the stand-in";
  }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  /// `on_device`: with --device cuda and the stand-in.
  static CommandResult run(std::vector<std::string> words, bool on_device) {
    words.insert(words.end(), {"--threads", "1", "--quiet"});
    if (!on_device) return run_zoo(words);
    words.insert(words.end(), {"--device", "cuda"});
    ::setenv("LD_PRELOAD", stand_in_file().c_str(), 1);
    auto result = run_zoo(words);
    ::unsetenv("LD_PRELOAD");
    return result;
  }
  static std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// The same command on both: its JSON.
  static std::pair<Json, Json> both(const std::vector<std::string>& words) {
    std::pair<Json, Json> results;
    for (const bool on_device : {false, true}) {
      const auto result = run(joined(words, {"--json"}), on_device);
      EXPECT_EQ(result.status, 0) << words[0] << (on_device ? " on the device: " : ": ") << result.errors;
      (on_device ? results.second : results.first) = result.status == 0 ? Json::parse(result.output) : Json();
    }
    return results;
  }
  static void expect_near(const Json& here, const Json& there, double tolerance = 1e-3) {
    ASSERT_TRUE(here.is_number() && there.is_number()) << here << there;
    EXPECT_NEAR(here.get<double>(), there.get<double>(), tolerance * std::abs(here.get<double>()) + 1e-6);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> DeviceCommands::folder_;

TEST_F(DeviceCommands, AnElmoIsTrainedAndAskedThereAsHere) {
  const std::vector<std::string> train = {"train",           "elmo",       "--input",         path("text.txt"),
                                          "--output",        path("elmo"), "--character-dim", "4",
                                          "--projection",    "12",         "--filter-widths", "1",
                                          "--filter-counts", "8",          "--cell",          "16",
                                          "--length",        "8",          "--batch-size",    "8",
                                          "--epochs",        "1"};
  auto there = train;
  there[5] = path("elmo-there");
  ASSERT_EQ(run(train, false).status, 0);
  const auto trained = run(there, true);
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto config = read_json(path("elmo-there") + "/config.json");
  EXPECT_EQ(config["sitting"]["device"], "cuda");
  const auto perplexity = [&](const std::string& name, bool on_device) {
    const auto result = run({"evaluate", "--model", path(name), "--task", "perplexity", "--input", path("text.txt"),
                             "--split", "test", "--json"},
                            on_device);
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(result.output)["perplexity"];
  };
  const auto here = perplexity("elmo", false);
  expect_near(here, perplexity("elmo", true));
  expect_near(here, perplexity("elmo-there", false), 0.01);
  expect_near(here, perplexity("elmo-there", true), 0.01);
  const auto [tags, tags_there] = both({"nearest", "--model", path("elmo"), "--in-context", "a *b* c", "--top", "3"});
  expect_near(tags["neighbours"][0]["cosine"], tags_there["neighbours"][0]["cosine"]);
  const auto [gap, gap_there] = both({"nearest", "--model", path("elmo"), "--missing", "a b ___ c"});
  expect_near(gap["candidates"][0]["share"], gap_there["candidates"][0]["share"]);
  const auto [embedded, embedded_there] =
      both({"embed", "--model", path("elmo"), "--input", path("text.txt"), "--output", path("vectors.npy")});
  EXPECT_EQ(embedded["words"], embedded_there["words"]);

  for (const auto* more : {"--fine-tune", "--test"}) {
    const auto [tagger, tagger_there] =
        both({"train", "tagger", "--input", path("tagged.txt"), "--vectors", path("elmo"), "--output", path("tagger"),
              "--replace", "--lstm", "4", "--min-steps", "40", "--epochs", "1", more});
    EXPECT_NEAR(tagger["shares"][0]["valid_accuracy"].get<double>(),
                tagger_there["shares"][0]["valid_accuracy"].get<double>(), 0.05);
  }
}

TEST_F(DeviceCommands, ATaggerTrainsATableOfWordsThere) {
  ASSERT_EQ(
      run({"train", "nnlm", "--input", path("text.txt"), "--output", path("nnlm"), "--max-steps", "5"}, true).status,
      0);
  const auto [here, there] =
      both({"train", "tagger", "--input", path("tagged.txt"), "--vectors", path("nnlm"), "--output",
            path("table-tagger"), "--replace", "--min-steps", "40", "--epochs", "1", "--fine-tune"});
  EXPECT_NEAR(here["shares"][0]["valid_accuracy"].get<double>(), there["shares"][0]["valid_accuracy"].get<double>(),
              0.05);
}

TEST_F(DeviceCommands, TransformersGenerateTranslateAndShowThereAsHere) {
  const std::vector<std::string> small = {"--layers",  "1",  "--width",      "16", "--heads",     "2",
                                          "--context", "16", "--batch-size", "8",  "--max-steps", "30"};
  const auto decoder =
      joined({"train", "transformer", "--input", path("text.txt"), "--output", path("decoder")}, small);
  ASSERT_EQ(run(decoder, true).status, 0);
  const auto [text, text_there] =
      both({"generate", "--model", path("decoder"), "--prompt", "a b", "--temperature", "0", "--max-new-tokens", "30"});
  EXPECT_EQ(text["ids"], text_there["ids"]);
  const auto [maps, maps_there] = both({"attention", "--model", path("decoder"), "--text", "a b c d"});
  EXPECT_EQ(maps.size(), maps_there.size());
  const auto translator =
      joined({"train", "transformer", "--architecture", "encoder-decoder", "--source", path("text.txt"), "--target",
              path("text.txt"), "--output", path("translator"), "--validate-by", "bleu"},
             small);
  const auto trained = run(translator, true);
  ASSERT_EQ(trained.status, 0) << trained.errors;
  std::ofstream(path("source.txt")) << "a b c\nd e f g h\n";
  const auto [lines, lines_there] =
      both({"translate", "--model", path("translator"), "--input", path("source.txt"), "--beam", "3"});
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(lines[i]["translation"], lines_there[i]["translation"]);
    expect_near(lines[i]["hypotheses"][0]["score"], lines_there[i]["hypotheses"][0]["score"]);
  }
  const auto refused =
      run({"translate", "--model", path("translator"), "--input", path("source.txt"), "--precision", "int8"}, true);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--precision int8"));
}

TEST_F(DeviceCommands, WhatIsAProgramForTheCpuIsRefusedInOneLine) {
  for (const std::string model : {"ngram", "word2vec"}) {
    const auto refused = run({"train", model, "--input", path("text.txt"), "--output", path("refused")}, true);
    EXPECT_EQ(refused.status, 2) << model;
    EXPECT_THAT(refused.errors, HasSubstr("--device cuda: " + model));
    EXPECT_THAT(refused.errors, HasSubstr("leave --device out"));
    EXPECT_EQ(std::count(refused.errors.begin(), refused.errors.end(), '\n'), 1) << refused.errors;
  }
  const auto by_gradient = run({"train", "word2vec", "--input", path("text.txt"), "--output", path("by-gradient"),
                                "--trainer", "gradient", "--dim", "8", "--max-steps", "5"},
                               true);
  EXPECT_EQ(by_gradient.status, 0) << by_gradient.errors;
  ::setenv("WORLD_SIZE", "2", 1);
  ::setenv("RANK", "0", 1);
  ::setenv("MASTER_ADDR", "127.0.0.1", 1);
  ::setenv("MASTER_PORT", "29533", 1);
  const auto several = run({"train", "nnlm", "--input", path("text.txt"), "--output", path("several")}, true);
  for (const auto* name : {"WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT"}) ::unsetenv(name);
  EXPECT_EQ(several.status, 2);
  EXPECT_THAT(several.errors, HasSubstr("2 processes, and a model by --device cuda"));
}

TEST_F(DeviceCommands, WithoutAGpuOneLineSaysWhatIsMissing) {
  const auto refused = run_zoo({"train", "nnlm", "--input", path("text.txt"), "--output", path("none"), "--device",
                                "cuda", "--max-steps", "1", "--quiet"});
  if (refused.status == 0) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(refused.status, 2) << refused.errors;
  EXPECT_THAT(refused.errors, HasSubstr("--device cuda: "));
  EXPECT_THAT(refused.errors, HasSubstr("leave --device out"));
  EXPECT_EQ(std::count(refused.errors.begin(), refused.errors.end(), '\n'), 1) << refused.errors;
  EXPECT_FALSE(std::filesystem::exists(path("none")));
}

}  // namespace
}  // namespace zoo
