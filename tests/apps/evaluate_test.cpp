#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

// zoo evaluate as it is typed: on runs that zoo train made, on files of vectors, and on what is neither.

namespace zoo {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const fs::path kData = fs::path(ZOO_SOURCE_DIR) / "tests/data/evaluation";

class Evaluate : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    setenv("ZOO_CACHE", (folder_->path() / "cache").c_str(), 1);
    Random random(5);
    std::string text;
    const std::vector<std::string> words = {"the", "cat", "dog", "sat", "ran", "on", "a", "mat", "and", "then"};
    for (int line = 0; line < 400; ++line) {
      for (int word = 0; word < 8; ++word) text += words[(line + word + random.below(3)) % words.size()] + " ";
      text += line % 10 == 9 ? ".\n\n" : ".\n";
    }
    write_file_atomically(text_file(), text);
    const auto trained = run_zoo(
        {"train", "ngram", "--input", text_file(), "--output", run(), "--order", "3", "--min-count", "1", "--quiet"});
    ASSERT_EQ(trained.status, 0) << trained.errors;
  }
  static void TearDownTestSuite() {
    folder_.reset();
    unsetenv("ZOO_CACHE");
  }
  static std::string text_file() { return folder_->path() / "text.txt"; }
  static std::string run() { return folder_->path() / "run"; }

  static Json json_of(std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate");
    words.insert(words.end(), {"--json", "--quiet"});
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.errors, "");
    return Json::parse(result.output);
  }
  static void expect_refused(std::vector<std::string> words, int status, const std::string& reason) {
    words.insert(words.begin(), "evaluate");
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, status) << result.errors;
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, HasSubstr(reason));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> Evaluate::folder_;

TEST_F(Evaluate, GivesTheExactPerplexityOfASplit) {
  const Json test = json_of({"--model", run(), "--task", "perplexity", "--input", text_file(), "--split", "test"});
  EXPECT_EQ(test["tokens"], 20 * 10);  // two documents of ten lines, each of eight words, a full stop and its end
  EXPECT_NEAR(test["perplexity"].get<double>(), std::exp(-test["log_probability_sum"].get<double>() / 200), 1e-9);
  EXPECT_GT(test["perplexity"].get<double>(), 2);
  EXPECT_LT(test["perplexity"].get<double>(), 5);  // three words are likely after each
  EXPECT_EQ(test["unknown_tokens"], 0);
  EXPECT_TRUE(test["bits_per_byte"].is_number());
  EXPECT_EQ(test["kind"], "ngram");
  const Json all = json_of({"--model", run(), "--task", "perplexity", "--input", text_file()});
  EXPECT_EQ(all["tokens"], 400 * 10);
}

TEST_F(Evaluate, RanksMissingWordsAndSaysWhereItLooked) {
  const Json result =
      json_of({"--model", run(), "--task", "cloze", "--input", text_file(), "--split", "test", "--samples", "100"});
  EXPECT_EQ(result["windows"], 100);
  EXPECT_EQ(result["left_only"], true);
  EXPECT_GT(result["accuracy_at_5"].get<double>(), 0.9);
  EXPECT_GE(result["accuracy_at_5"].get<double>(), result["accuracy_at_1"].get<double>());
}

TEST_F(Evaluate, PrintsATableWithoutJson) {
  const auto result =
      run_zoo({"evaluate", "--model", run(), "--task", "perplexity", "--input", text_file(), "--quiet"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("\nperplexity             "));
}

TEST_F(Evaluate, TakesAFileOfVectors) {
  const Json similar =
      json_of({"--model", kData / "vectors.txt", "--task", "similarity", "--input", kData / "pairs.tsv"});
  EXPECT_NEAR(similar["spearman"].get<double>(), -0.2101919, 1e-6);
  const Json analogy = json_of(
      {"--model", kData / "vectors.txt", "--task", "analogy", "--input", kData / "questions.txt", "--restrict", "50"});
  EXPECT_EQ(analogy["total"]["right"], 17);
  EXPECT_EQ(analogy["method"], "3cosadd");
  const Json product = json_of({"--model", kData / "vectors.txt", "--task", "analogy", "--input",
                                kData / "questions.txt", "--restrict", "50", "--method", "3cosmul"});
  EXPECT_EQ(product["total"]["right"], 4);
  const Json cut = json_of({"--model", kData / "vectors.txt", "--task", "similarity", "--input", kData / "pairs.tsv",
                            "--restrict", "50", "--case", "keep"});
  EXPECT_LT(cut["found"], similar["found"]);
}

TEST_F(Evaluate, NamesTheModelsThatHaveWhatThisOneLacks) {
  expect_refused({"--model", run(), "--task", "similarity", "--input", kData / "pairs.tsv"}, 1,
                 "has no word vectors; models that can: elmo, nnlm, transformer, word2vec");
}

TEST_F(Evaluate, RefusesWhatCannotBe) {
  const std::string vectors = kData / "vectors.txt";
  expect_refused({"--model", run(), "--task", "perplexity", "--input", "/no/such/file"}, 1, "/no/such/file");
  expect_refused({"--model", vectors, "--task", "perplexity", "--input", text_file()}, 1, "is not a run folder");
  expect_refused({"--model", "/no/such/run", "--task", "cloze", "--input", text_file()}, 1, "/no/such/run");
  expect_refused({"--model", run(), "--task", "guess", "--input", text_file()}, 2, "'guess' is not known");
  expect_refused({"--model", run(), "--input", text_file()}, 2, "--task");
  expect_refused({"--model", run(), "--task", "cloze"}, 2, "--input");
  expect_refused({"--model", run(), "--task", "cloze", "--input", text_file(), "--samples", "0"}, 2, "samples");
  expect_refused({"--model", vectors, "--task", "analogy", "--input", text_file()}, 1, "four words were expected");
}

TEST_F(Evaluate, RefusesATokenizerThatIsNotTheRuns) {
  const fs::path copy = folder_->path() / "other";
  fs::copy(run(), copy, fs::copy_options::recursive);
  auto config = read_json(copy / "config.json");
  config["tokenizer"]["fingerprint"] = std::string(64, '0');
  write_json(copy / "config.json", config);
  expect_refused({"--model", copy, "--task", "perplexity", "--input", text_file()}, 1, "tokenizer");
}

TEST_F(Evaluate, RefusesWeightsCutShort) {
  const fs::path copy = folder_->path() / "cut";
  fs::copy(run(), copy, fs::copy_options::recursive);
  fs::resize_file(copy / "model.safetensors", fs::file_size(copy / "model.safetensors") / 2);
  expect_refused({"--model", copy, "--task", "perplexity", "--input", text_file()}, 1, "model.safetensors");
}

}  // namespace
}  // namespace zoo
