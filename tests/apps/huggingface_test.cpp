// Models of Hugging Face as a user brings them in, uses them, trains them on and writes them back.
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "formats/safetensors.h"
#include "runs/run_folder.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class HuggingFaceCommands : public testing::Test {
 protected:
  void SetUp() override { ::setenv("ZOO_CACHE", path("cache").c_str(), 1); }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  static std::string stored(const std::string& name) { return ZOO_SOURCE_DIR "/tests/data/huggingface/" + name; }
  void import_it(const std::string& name) const {
    const auto result = run_zoo({"import", "--format", "huggingface", stored(name), "--output", path(name), "--quiet"});
    ASSERT_EQ(result.status, 0) << result.errors;
  }
  std::string write_text(const std::string& name) const {
    std::ofstream out(path(name));
    for (int i = 0; i < 60; ++i) out << "the License shall mean " << i % 7 << " terms and conditions\n";
    return path(name);
  }

  TemporaryFolder folder_;
};

TEST_F(HuggingFaceCommands, AGpt2GoesOnWithATextAndComesOutAgain) {
  const auto imported =
      run_zoo({"import", "--format", "huggingface", "--input", stored("gpt2"), "--output", path("gpt2"), "--json"});
  ASSERT_EQ(imported.status, 0) << imported.errors;
  EXPECT_EQ(Json::parse(imported.output)["model_type"], "gpt2");
  const auto made = run_zoo({"generate", "--model", path("gpt2"), "--prompt", "the License", "--temperature", "0",
                             "--max-new-tokens", "5", "--json"});
  ASSERT_EQ(made.status, 0) << made.errors;
  EXPECT_THAT(Json::parse(made.output)["text"].get<std::string>(), testing::StartsWith("the License"));
  const auto out =
      run_zoo({"export", "--model", path("gpt2"), "--format", "huggingface", "--output", path("exported"), "--json"});
  ASSERT_EQ(out.status, 0) << out.errors;
  for (const auto* name : {"config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt"}) {
    EXPECT_TRUE(fs::exists(fs::path(path("exported")) / name)) << name;
  }
  const auto again =
      run_zoo({"export", "--model", path("gpt2"), "--format", "huggingface", "--output", path("exported")});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.errors, HasSubstr("not empty"));
}

TEST_F(HuggingFaceCommands, AMarianTranslatesAsTransformersDoes) {
  import_it("marian");
  const auto facts = read_json(fs::path(stored("marian")) / "golden.json");
  std::ofstream source(path("source.txt"));
  for (const auto& line : facts["translations"]) source << line["text"].get<std::string>() << "\n";
  source.close();
  const auto made =
      run_zoo({"translate", "--model", path("marian"), "--input", path("source.txt"), "--beam", "1", "--quiet"});
  ASSERT_EQ(made.status, 0) << made.errors;
  std::istringstream lines(made.output);
  for (const auto& line : facts["translations"]) {
    std::string ours;
    std::getline(lines, ours);
    const auto theirs = line["translation"].get<std::string>();
    if (line["ids"].size() < 15) {
      EXPECT_EQ(ours, theirs);
    } else {  // theirs was cut
      EXPECT_EQ(ours.substr(0, theirs.size()), theirs);
    }
  }
}

TEST_F(HuggingFaceCommands, TrainingGoesOnFromImportedWeights) {
  import_it("bert");
  const auto text = write_text("text.txt");
  const auto trained =
      run_zoo({"train", "transformer", "--init-from", path("bert"), "--input", text, "--output", path("on"),
               "--max-steps", "2", "--dropout", "0", "--learning-rate", "1e-9", "--schedule", "constant", "--quiet"});
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto before = RunFolder::open(path("bert")), after = RunFolder::open(path("on"));
  EXPECT_EQ(after.config()["model"]["width"], 24);
  EXPECT_EQ(after.config()["model"]["dropout"], 0);
  EXPECT_EQ(after.tokenizer()->fingerprint(), before.tokenizer()->fingerprint());
  const SafetensorsFile old(before.weights_file()), now(after.weights_file());
  for (const auto& tensor : old.tensors()) {
    const auto a = to_floats(tensor), b = to_floats(now.at(tensor.name));
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5) << tensor.name;
  }
  const auto foreign = run_zoo({"train", "transformer", "--init-from", stored("bert"), "--input", text, "--output",
                                path("no"), "--max-steps", "2"});
  EXPECT_NE(foreign.status, 0);
  EXPECT_THAT(foreign.errors, HasSubstr("zoo import --format huggingface"));
}

TEST_F(HuggingFaceCommands, APlainEncoderGivesAVectorALineAndLearnsToGuessWords) {
  import_it("bert_plain");
  std::ofstream(path("lines.txt")) << "the License shall\n\nwords\n";
  const auto embedded = run_zoo({"embed", "--model", path("bert_plain"), "--input", path("lines.txt"), "--pool", "mean",
                                 "--unit", "--output", path("x.jsonl"), "--quiet"});
  ASSERT_EQ(embedded.status, 0) << embedded.errors;
  std::ifstream lines(path("x.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto vectors = Json::parse(line)["vectors"].get<std::vector<std::vector<double>>>();
    ASSERT_EQ(vectors.size(), 1U);
    double length = 0;
    for (const auto x : vectors[0]) length += x * x;
    EXPECT_NEAR(std::sqrt(length), 1, 1e-5);
  }
  EXPECT_EQ(count, 3);
  const auto text = write_text("text.txt");
  const std::vector<std::string> train = {"train",       "transformer", "--init-from", path("bert_plain"),
                                          "--input",     text,          "--output",    path("on"),
                                          "--max-steps", "2",           "--quiet"};
  EXPECT_THAT(run_zoo(train).errors, HasSubstr("nothing to train"));
  auto with_output = train;
  with_output.insert(with_output.end(), {"--output-layer", "plain"});
  const auto trained = run_zoo(with_output);
  EXPECT_EQ(trained.status, 0) << trained.errors;
}

}  // namespace
}  // namespace zoo
