#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/support/command.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kVectors = ZOO_SOURCE_DIR "/tests/data/vectors/gensim.txt";

class VectorCommands : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  Json json_of(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, 0) << result.errors;
    return parse_json(result.output, "zoo");
  }
  TemporaryFolder folder_;
};

TEST_F(VectorCommands, NearestAnswersAtOnceAndInJson) {
  const auto golden = read_json(ZOO_SOURCE_DIR "/tests/data/vectors/golden.json");
  const auto answer = json_of({"nearest", "--model", kVectors, "king", "中文", "--top", "5"});
  for (const char* word : {"king", "中文"}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(answer["neighbours"][word][i]["word"], golden["neighbours"][word][i][0]);
      EXPECT_NEAR(answer["neighbours"][word][i]["cosine"], golden["neighbours"][word][i][1], 2e-6);
    }
  }
  const auto analogy = json_of({"nearest", "--model", kVectors, "--analogy", "man", "king", "woman"});
  EXPECT_EQ(analogy["answers"][0]["word"], "queen");
  const auto result = run_zoo({"nearest", "--model", kVectors, "--analogy", "man", "king", "woman", "--top", "1"});
  EXPECT_THAT(result.output, AllOf(StartsWith("man is to king as woman is to\n"), HasSubstr("  queen\n")));
  EXPECT_LT(result.seconds, 0.5);  // about 0.03 on an idle machine
}

TEST_F(VectorCommands, NearestExplainsWhatItCannotDo) {
  const auto unknown = run_zoo({"nearest", "--model", kVectors, "quen", "king"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_EQ(unknown.output, "");
  EXPECT_EQ(unknown.errors, "zoo: 'quen' is not among the 24 words; spelled alike: queen\n");
  write_file_atomically(path("one.txt"), "1 2\nalone 3 4\n");
  EXPECT_THAT(run_zoo({"nearest", "--model", path("one.txt"), "alone"}).output, HasSubstr("none: there is no other"));
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "king"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--analogy", "man", "king"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--analogy", "man", "king", "woman", "--top", "0"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "king", "--topp", "3"}).status, 2);
}

TEST_F(VectorCommands, AnExportInEveryFormatHasTheSameNeighbours) {
  const auto expected = json_of({"nearest", "--model", kVectors, "king"});
  for (const char* format : {"word2vec-text", "word2vec-bin", "glove", "npy", "safetensors"}) {
    const auto file = path("out/") + format;
    const auto written = json_of({"export", "--model", kVectors, "--format", format, "--output", file});
    EXPECT_EQ(written["words"], 24);
    EXPECT_EQ(json_of({"nearest", "--model", file, "king"}), expected) << format;
  }
  EXPECT_EQ(
      json_of({"export", "--model", kVectors, "--format", "projector", "--output", path("p"), "--top", "3"})["words"],
      3);
  EXPECT_EQ(read_file(path("p/metadata.tsv")), "the\nof\nand\n");
  const auto folder = run_zoo({"export", "--model", kVectors, "--output", path("")});
  EXPECT_EQ(folder.status, 2);
}

TEST_F(VectorCommands, AnImportedRunServesNearestExportAndInfo) {
  const auto made = json_of({"import", "--format", "word2vec", "--input", kVectors, "--output", path("run")});
  EXPECT_EQ(made["words"], 24);
  EXPECT_EQ(json_of({"nearest", "--model", path("run"), "king"}), json_of({"nearest", "--model", kVectors, "king"}));
  const auto info = json_of({"info", path("run")});
  EXPECT_EQ(info["model"]["kind"], "word_vectors");
  EXPECT_EQ(info["parameters"], 29 * 11);
  EXPECT_THAT(run_zoo({"info", path("run")}).output, HasSubstr("word_vectors.weight F32 [29,11]"));
  run_zoo({"export", "--model", path("run"), "--output", path("again.txt"), "--quiet"});
  EXPECT_EQ(json_of({"nearest", "--model", path("again.txt"), "king"}),
            json_of({"nearest", "--model", kVectors, "king"}));
  const auto again = run_zoo({"import", "--format", "word2vec", "--input", kVectors, "--output", path("run")});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.errors, HasSubstr("holds a run already"));
}

TEST_F(VectorCommands, ForeignFilesAreRefusedInOneLine) {
  write_file_atomically(path("text"), "Call me Ishmael.\n");
  write_file_atomically(path("fasttext.bin"), "\xBA\x16\x4F\x2F\x0C");
  const auto one_line = [](const CommandResult& result, const char* what) {
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors, AllOf(StartsWith("zoo: "), HasSubstr(what)));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1);
  };
  one_line(run_zoo({"import", "--format", "glove", "--input", path("text"), "--output", path("r")}), "end in numbers");
  one_line(run_zoo({"import", "--format", "fasttext", "--input", path("fasttext.bin"), "--output", path("r")}), ".vec");
  one_line(run_zoo({"import", "--format", "glove", "--input", path("none"), "--output", path("r")}), "No such file");
  write_file_atomically(path("packed.gz"), "\x1f\x8b\x08");
  for (const char* format : {"word2vec", "glove", "fasttext"}) {
    one_line(run_zoo({"import", "--format", format, "--input", path("packed.gz"), "--output", path("r")}), "unpack it");
  }
  one_line(run_zoo({"nearest", "--model", path("packed.gz"), "king"}), "unpack it");
  one_line(run_zoo({"nearest", "--model", "/dev/null", "king"}), "is no file");
  one_line(run_zoo({"info", path("")}), "is no run");
  EXPECT_EQ(run_zoo({"import", "--format", "elmo", "--input", path("text"), "--output", path("r")}).status, 2);
  EXPECT_EQ(run_zoo({"info"}).status, 2);
}

}  // namespace
}  // namespace zoo
