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
const std::string kFastText = ZOO_SOURCE_DIR "/tests/data/vectors/gensim_fasttext.bin";

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

TEST_F(VectorCommands, NearestAnswersEveryKindOfQuestion) {
  const auto golden = read_json(ZOO_SOURCE_DIR "/tests/data/vectors/queries.json");
  const auto product = json_of(
      {"nearest", "--model", kVectors, "--analogy", "man", "king", "woman", "--method", "3cosmul", "--top", "2"});
  EXPECT_EQ(product["method"], "3cosmul");
  EXPECT_EQ(product["answers"][1]["word"], golden["cosmul"][0]["answers"][1][0]);
  EXPECT_NEAR(product["answers"][1]["score"], golden["cosmul"][0]["answers"][1][1], 1e-4);
  const auto odd = json_of({"nearest", "--model", kVectors, "--odd", "man", "king", "woman", "queen"});
  EXPECT_EQ(odd["odd"], golden["odd"][0]["order"][0][0]);
  EXPECT_EQ(odd["words"][3]["word"], golden["odd"][0]["order"][3][0]);
  for (const auto& text : golden["texts"]) {
    for (const char* measure : {"similarity", "distance"}) {
      const auto answer = json_of({"nearest", "--model", kVectors, std::string("--") + measure,
                                   text["first"].get<std::string>(), text["second"].get<std::string>()});
      EXPECT_NEAR(answer[measure], text[measure], 2e-6);
    }
  }
  const auto vector = json_of({"nearest", "--model", kVectors, "--vector", "-1,2 3,4,5,6,7,8,9,10,1e1", "--top", "3"});
  EXPECT_EQ(vector["neighbours"].size(), 3U);
  const auto text = run_zoo({"nearest", "--model", kVectors, "--odd", "man", "king", "woman"});
  EXPECT_THAT(text.output, HasSubstr(": odd one out of man, king, woman\n"));
}

TEST_F(VectorCommands, NearestAnswersWordsThatAreOnlyNgrams) {
  const auto answer = json_of({"nearest", "--model", kFastText, "kingdom", "king", "--top", "4"});
  EXPECT_EQ(answer["neighbours"]["kingdom"].size(), 4U);
  EXPECT_EQ(answer["made_of_ngrams"], Json({"kingdom"}));
  const auto text = run_zoo({"nearest", "--model", kFastText, "kingdom"});
  EXPECT_THAT(text.output, StartsWith("kingdom (from its n-grams)\n"));
  json_of({"import", "--format", "fasttext", "--input", kFastText, "--output", path("run")});
  const auto again = json_of({"nearest", "--model", path("run"), "kingdom", "king", "--top", "4"});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(again["neighbours"]["kingdom"][i]["word"], answer["neighbours"]["kingdom"][i]["word"]);
  }
}

/// The JSON objects of a batch, one a line.
std::vector<Json> lines_of(const std::string& output) {
  std::vector<Json> lines;
  for (std::size_t at = 0; at < output.size();) {
    const auto end = output.find('\n', at);
    lines.push_back(parse_json(output.substr(at, end - at), "a line"));
    at = end + 1;
  }
  return lines;
}

TEST_F(VectorCommands, AFileOfQuestionsIsAnsweredLineByLine) {
  const auto ask = [&](const std::string& questions, std::vector<std::string> more) {
    write_file_atomically(path("questions.txt"), questions);
    std::vector<std::string> command = {"nearest", "--model", kVectors, "--queries", path("questions.txt"), "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return run_zoo(command);
  };
  std::string many;
  for (int i = 0; i < 600; ++i) many += i % 2 == 0 ? "king\n" : "queen\n\n";
  const auto words = ask(many, {"--top", "3"});
  ASSERT_EQ(words.status, 0) << words.errors;
  const auto lines = lines_of(words.output);
  ASSERT_EQ(lines.size(), 600U);
  const auto expected = json_of({"nearest", "--model", kVectors, "king", "queen", "--top", "3"});
  EXPECT_EQ(lines[598]["neighbours"], expected["neighbours"]["king"]);
  EXPECT_EQ(lines[599]["neighbours"], expected["neighbours"]["queen"]);
  EXPECT_EQ(lines[599]["line"], 899);
  const auto analogies = lines_of(ask("man king woman\n", {"--ask", "analogy", "--method", "3cosmul"}).output);
  EXPECT_EQ(analogies[0]["method"], "3cosmul");
  const auto texts = lines_of(ask("king queen\nthe king\tthe queen\n", {"--ask", "similarity"}).output);
  EXPECT_NEAR(texts[0]["similarity"],
              json_of({"nearest", "--model", kVectors, "--similarity", "king", "queen"})["similarity"], 1e-12);
  EXPECT_EQ(texts[1]["second"], "the queen");
  EXPECT_EQ(lines_of(ask("1 2 3 4 5 6 7 8 9 10 11\n", {"--ask", "vector"}).output)[0]["neighbours"].size(), 10U);
}

TEST_F(VectorCommands, AQuestionWithoutAnAnswerIsNamedByItsLine) {
  const auto ask = [&](const std::string& questions, std::vector<std::string> more) {
    write_file_atomically(path("questions.txt"), questions);
    std::vector<std::string> command = {"nearest", "--model", kVectors, "--queries", path("questions.txt")};
    command.insert(command.end(), more.begin(), more.end());
    return run_zoo(command);
  };
  const auto stopped = ask("king\n\nquen\nman\n", {});
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.output, StartsWith("king\n"));
  EXPECT_THAT(stopped.errors,
              HasSubstr("questions.txt: line 3: 'quen' is not among the 24 words; spelled alike: queen"));
  const auto skipped = ask("king\n\nquen\nman\n", {"--skip-unknown", "--json"});
  EXPECT_EQ(skipped.status, 0);
  EXPECT_THAT(skipped.errors, HasSubstr("1 of 3 questions have no answer"));
  const auto lines = lines_of(skipped.output);
  EXPECT_EQ(lines[1]["query"], "quen");
  EXPECT_EQ(lines[2]["word"], "man");
  EXPECT_THAT(ask("man king\n", {"--ask", "analogy"}).errors, HasSubstr("line 1: 2 words, three are needed"));
  EXPECT_THAT(ask("the king\nof the man\n", {"--ask", "distance"}).errors, HasSubstr("line 2: 3 parts"));
  EXPECT_THAT(ask("1 2 x\n", {"--ask", "vector"}).errors, HasSubstr("line 1: 'x' is no number"));
  EXPECT_THAT(ask("1 2\n", {"--ask", "vector"}).errors, HasSubstr("2 numbers does not go with 11 dimensions"));
  EXPECT_THAT(ask("\n\n", {}).errors, HasSubstr("holds no question"));
  EXPECT_THAT(ask("king\n\xff\n", {}).errors, HasSubstr("questions.txt"));
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--queries", path("none")}).status, 1);
}

TEST_F(VectorCommands, NearestAnswersFromAGraphThatItMakesOnce) {
  const auto graph = path("vectors.hnsw");
  const auto exact = json_of({"nearest", "--model", kVectors, "king"});
  const auto made = run_zoo({"nearest", "--model", kVectors, "king", "--index", graph, "--json"});
  EXPECT_THAT(made.errors, HasSubstr("making the graph"));
  const auto again = run_zoo({"nearest", "--model", kVectors, "king", "--index", graph, "--json"});
  EXPECT_EQ(again.errors, "");
  EXPECT_EQ(again.output, made.output);
  const auto found = parse_json(made.output, "zoo")["neighbours"]["king"];
  ASSERT_EQ(found.size(), 10U);
  for (std::size_t i = 0; i < found.size(); ++i) {  // a graph of 24 words reaches them all
    EXPECT_EQ(found[i]["word"], exact["neighbours"]["king"][i]["word"]);
    EXPECT_NEAR(found[i]["cosine"], exact["neighbours"]["king"][i]["cosine"], 1e-5);
  }
  const auto other = run_zoo({"nearest", "--model", kVectors, "king", "--restrict", "9", "--index", graph});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(other.errors, "zoo: " + graph + ": a graph of 24 vectors, among 9; name another file for --index\n");
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "king", "--candidates", "9"}).status, 2);
  EXPECT_THAT(run_zoo({"nearest", "--model", kVectors, "king", "--index", path("no/graph")}).errors,
              HasSubstr("cannot write"));
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
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--odd", "man", "king"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--similarity", "man"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "king", "--method", "3cosmul"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "king", "--skip-unknown"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "king", "--odd", "man", "king", "queen"}).status, 2);
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--vector", "1 2 3"}).errors,
            "zoo: a vector of 3 numbers does not go with 11 dimensions\n");
  EXPECT_EQ(run_zoo({"nearest", "--model", kVectors, "--vector", "0 0 0 0 0 0 0 0 0 0 0"}).status, 1);
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
  write_file_atomically(path("fasttext.bin"), read_file(kFastText).substr(0, 900));
  const auto one_line = [](const CommandResult& result, const char* what) {
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors, AllOf(StartsWith("zoo: "), HasSubstr(what)));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1);
  };
  one_line(run_zoo({"import", "--format", "glove", "--input", path("text"), "--output", path("r")}), "end in numbers");
  one_line(run_zoo({"import", "--format", "fasttext", "--input", path("fasttext.bin"), "--output", path("r")}),
           "was it cut short?");
  one_line(run_zoo({"nearest", "--model", path("fasttext.bin"), "king"}), "was it cut short?");
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
