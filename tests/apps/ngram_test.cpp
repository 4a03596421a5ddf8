// N-gram models as they are used: exported and imported as ARPA files, mixed with another model, asked for text.
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class NgramCommands : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    setenv("ZOO_CACHE", path("cache").c_str(), 1);
    Random random(5);
    std::string text;
    const std::vector<std::string> words = {"the", "cat", "dog", "sat", "ran", "on", "a", "mat", "and", "then"};
    for (int line = 0; line < 400; ++line) {
      for (int word = 0; word < 8; ++word) text += words[(line + word + random.below(3)) % words.size()] + " ";
      text += line % 10 == 9 ? ".\n\n" : ".\n";
    }
    write_file_atomically(path("text.txt"), text);
    write_file_atomically(path("other.txt"), "the cat sat on a mat .\nand then the dog ran\n");
    train("ngram", "run", {"--order", "4"});
    train("ngram", "trigram", {"--smoothing", "deleted-interpolation", "--tokenizer", path("run")});
    train("nnlm", "nnlm",
          {"--tokenizer", path("run"), "--embedding", "8", "--hidden", "8", "--max-steps", "30", "--threads", "1"});
  }
  static void TearDownTestSuite() {
    folder_.reset();
    unsetenv("ZOO_CACHE");
  }
  static std::string path(const std::string& name) { return folder_->path() / name; }

  static void train(const std::string& kind, const std::string& run, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"train", kind, "--input", path("text.txt"), "--output", path(run), "--quiet"};
    if (std::find(more.begin(), more.end(), "--tokenizer") == more.end()) {
      words.insert(words.end(), {"--min-count", "1"});
    }
    words.insert(words.end(), more.begin(), more.end());
    const auto trained = run_zoo(words);
    ASSERT_EQ(trained.status, 0) << trained.errors;
  }
  static Json json_of(std::vector<std::string> words) {
    words.insert(words.end(), {"--json", "--quiet"});
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.errors, "");
    return result.status == 0 ? Json::parse(result.output) : Json();
  }
  static Json perplexity(const std::string& run, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"evaluate", "--task",         "perplexity", "--model", path(run),
                                      "--input",  path("text.txt"), "--split",    "test"};
    words.insert(words.end(), more.begin(), more.end());
    return json_of(words);
  }
  static void expect_refused(const std::vector<std::string>& words, int status, const std::string& reason) {
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, status) << result.errors;
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, HasSubstr(reason));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> NgramCommands::folder_;

TEST_F(NgramCommands, AnArpaFileComesBackWithTheSamePerplexity) {
  const Json written =
      json_of({"export", "--model", path("run"), "--format", "arpa", "--output", path("out/own.arpa")});
  EXPECT_EQ(written["ngrams"].size(), 4);
  EXPECT_THAT(read_file(path("out/own.arpa")), HasSubstr(fmt::format("ngram 4={}\n", written["ngrams"][3].dump())));
  const Json imported = json_of({"import", "--format", "arpa", "--input", path("out/own.arpa"), "--output",
                                 path("imported"), "--tokenizer", path("run")});
  EXPECT_EQ(imported["order"], 4);
  const double own = perplexity("run")["perplexity"].get<double>();
  EXPECT_NEAR(perplexity("imported")["perplexity"].get<double>() / own, 1, 1e-5);
  json_of({"import", "--format", "arpa", "--input", path("out/own.arpa"), "--output", path("by_spaces")});
  EXPECT_NEAR(perplexity("by_spaces")["perplexity"].get<double>() / own, 1, 1e-5);
  EXPECT_EQ(json_of({"info", path("imported")})["model"]["smoothing"], "back-off");
  expect_refused(
      {"train", "ngram", "--smoothing", "back-off", "--input", path("text.txt"), "--output", path("x"), "--quiet"}, 2,
      "nothing to train");
}

TEST_F(NgramCommands, ArpaIsRefusedWhereItCannotBe) {
  expect_refused({"export", "--model", path("trigram"), "--format", "arpa", "--output", path("x.arpa")}, 1,
                 "no back-off form");
  expect_refused({"export", "--model", path("nnlm"), "--format", "arpa", "--output", path("x.arpa")}, 1,
                 "has no n-grams");
  expect_refused({"export", "--model", path("run"), "--format", "arpa", "--output", path("x"), "--top", "5"}, 2,
                 "--top");
  expect_refused({"export", "--model", path("run"), "--format", "arpa"}, 2, "--output");
  EXPECT_FALSE(fs::exists(path("x.arpa")));
  expect_refused({"import", "--format", "arpa", "--input", path("text.txt"), "--output", path("x")}, 1,
                 "text.txt: is no ARPA file");
  write_file_atomically(path("huge.arpa"), "\\data\\\nngram 1=1000000000000\n");
  expect_refused({"import", "--format", "arpa", "--input", path("huge.arpa"), "--output", path("x")}, 1,
                 "huge.arpa: line 2: announces 1000000000000 1-grams");
  expect_refused({"import", "--format", "glove", "--input", "x", "--output", path("x"), "--tokenizer", "y"}, 2,
                 "--format arpa alone");
  EXPECT_FALSE(fs::exists(path("x")));
}

TEST_F(NgramCommands, AMixtureGivesPerplexitiesOfBothAndOfItself) {
  const double model = perplexity("nnlm")["perplexity"].get<double>();
  const double other = perplexity("trigram")["perplexity"].get<double>();
  const Json learned = perplexity("nnlm", {"--mix", path("trigram")});
  EXPECT_EQ(learned["mix_kind"], "ngram");
  EXPECT_EQ(learned["weights"]["learned"], true);
  EXPECT_NEAR(learned["weights"]["model"].get<double>() + learned["weights"]["mix"].get<double>(), 1, 1e-12);
  EXPECT_NEAR(learned["alone"]["model"].get<double>() / model, 1, 1e-6);
  EXPECT_NEAR(learned["alone"]["mix"].get<double>() / other, 1, 1e-6);
  EXPECT_EQ(learned["tokens"], 200);
  const Json& valid = learned["valid"];
  EXPECT_EQ(valid["split"], "valid") << "what the model was validated on";
  EXPECT_EQ(valid["tokens"], 200);
  const double better = std::min(valid["alone"]["model"].get<double>(), valid["alone"]["mix"].get<double>());
  EXPECT_LT(valid["perplexity"].get<double>(), better * 1.0001) << "EM stops a little before a weight of nought or one";

  const Json half = perplexity("nnlm", {"--mix", path("trigram"), "--weight", "0.5"});
  EXPECT_EQ(half["weights"]["mix"], 0.5);
  EXPECT_EQ(half["valid"], nullptr);
  const Json none = perplexity("nnlm", {"--mix", path("trigram"), "--weight", "0"});
  EXPECT_NEAR(none["perplexity"].get<double>() / model, 1, 1e-9);
  const Json both = perplexity("nnlm", {"--mix", path("trigram"), "--weight", "0.5", "--valid", path("other.txt")});
  EXPECT_EQ(both["valid"]["input"][0], path("other.txt"));

  const Json by_frequency = perplexity("nnlm", {"--mix", path("trigram"), "--mix-by", "frequency"});
  EXPECT_GT(by_frequency["weights_by_frequency"].size(), 1);
  std::int64_t tokens = 0;
  for (const auto& bin : by_frequency["weights_by_frequency"]) tokens += bin["tokens"].get<std::int64_t>();
  EXPECT_EQ(tokens, 200);
  const auto shown = run_zoo({"evaluate", "--task", "perplexity", "--model", path("nnlm"), "--mix", path("run"),
                              "--input", path("other.txt"), "--quiet"});
  EXPECT_EQ(shown.status, 0) << shown.errors;
  EXPECT_THAT(shown.output, AllOf(HasSubstr("weights\n"), HasSubstr("\nperplexity ")));
}

TEST_F(NgramCommands, AMixtureIsRefusedWhereItCannotBe) {
  const auto refused = [&](const std::vector<std::string>& more, int status, const std::string& reason) {
    std::vector<std::string> words = {"evaluate",   "--task",  "perplexity",    "--model",
                                      path("nnlm"), "--input", path("text.txt")};
    words.insert(words.end(), more.begin(), more.end());
    expect_refused(words, status, reason);
  };
  for (const auto* weight : {"1.5", "-0.1", "nan", "half", ""}) {
    refused({"--mix", path("run"), "--weight", weight}, 2, "--weight");
  }
  refused({"--weight", "0.5"}, 2, "--mix DIR");
  refused({"--mix-by", "frequency"}, 2, "--mix DIR");
  refused({"--mix", path("text.txt")}, 1, "is not a run folder");
  refused({"--mix", path("run"), "--mix-by", "frequency", "--weight", "0.5"}, 2, "leave --weight out");
  expect_refused({"evaluate", "--task", "perplexity", "--model", path("run"), "--mix", path("nnlm"), "--mix-by",
                  "frequency", "--input", path("text.txt"), "--quiet"},
                 1, "n-gram model");
  expect_refused(
      {"evaluate", "--task", "cloze", "--model", path("run"), "--mix", path("nnlm"), "--input", path("text.txt")}, 2,
      "perplexity alone");
  train("ngram", "lower", {"--lowercase", "true", "--vocabulary-size", "9"});
  refused({"--mix", path("lower")}, 1, "only models of one vocabulary can be mixed");
  expect_refused({"generate", "--model", path("nnlm"), "--mix", path("lower")}, 1, "one vocabulary");
  train("ngram", "without", {"--line-ends", "false", "--tokenizer", path("run")});
  refused({"--mix", path("without")}, 1, "was trained without line ends");
}

TEST_F(NgramCommands, GenerateGoesOnWithATextByCountsByNetworkAndByBoth) {
  std::vector<Json> texts;
  for (const std::vector<std::string>& model :
       {std::vector<std::string>{"run"}, {"trigram"}, {"nnlm"}, {"nnlm", "--mix", path("run"), "--weight", "0.7"}}) {
    std::vector<std::string> words = {"generate", "--model", path(model[0]),     "--prompt", "the cat",
                                      "--seed",   "3",       "--max-new-tokens", "30"};
    words.insert(words.end(), model.begin() + 1, model.end());
    texts.push_back(json_of(words));
    EXPECT_EQ(texts.back()["new_tokens"], 30);
    EXPECT_THAT(texts.back()["text"].get<std::string>(), HasSubstr("the cat "));
    EXPECT_EQ(texts.back(), json_of(words));
  }
  EXPECT_NE(texts[2], texts[3]);
  expect_refused({"generate", "--model", path("run"), "--weight", "0.5"}, 2, "--mix DIR");
  expect_refused({"generate", "--model", path("run"), "--mix", path("nnlm"), "--weight", "2"}, 2, "weight");
}

}  // namespace
}  // namespace zoo
