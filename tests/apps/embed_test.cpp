// Vectors of words in their sentences as they are asked for on the command line: zoo embed, zoo nearest --in-context,
// zoo evaluate --task senses and occurrences.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/json.h"
#include "base/random.h"
#include "formats/hdf5.h"
#include "formats/npy.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class EmbedCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    setenv("ZOO_CACHE", path("cache").c_str(), 1);
    Random random(3);
    std::ofstream text(path("train.txt"));
    const std::vector<std::string> words = {"the", "play", "was", "long", "they", "cards", "at", "bank", "river", "of"};
    for (int line = 0; line < 400; ++line) {
      for (int word = 0; word < 6; ++word) text << words[(line + word + random.below(3)) % words.size()] << " ";
      text << (line % 10 == 9 ? ".\n\n" : ".\n");
    }
    text.close();
    std::ofstream(path("in.txt")) << "the play was long .\n\nthe bank of the river\n"
                                  << std::string(10'000, 'z') << " play\n";
  }
  static void TearDownTestSuite() {
    folder_.reset();
    unsetenv("ZOO_CACHE");
  }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  /// A run folder, trained for a few steps when it is first asked for.
  static std::string run(const std::string& name) {
    static const std::map<std::string, std::vector<std::string>> kinds = {
        {"elmo",
         {"elmo", "--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6", "--max-characters", "12",
          "--projection", "8", "--cell", "12", "--length", "8", "--dropout", "0"}},
        {"masked",
         {"transformer", "--architecture", "encoder", "--layers", "1", "--width", "8", "--heads", "2", "--context",
          "12", "--warmup", "5", "--dropout", "0"}},
        {"nnlm", {"nnlm", "--order", "3", "--embedding", "6", "--hidden", "8"}}};
    if (fs::exists(path(name))) return path(name);
    std::vector<std::string> command = {"train"};
    command.insert(command.end(), kinds.at(name).begin(), kinds.at(name).end());
    command.insert(command.end(), {"--input", path("train.txt"), "--output", path(name), "--min-count", "1",
                                   "--threads", "1", "--quiet", "--batch-size", "8", "--max-steps", "12"});
    const auto result = run_zoo(command);
    EXPECT_EQ(result.status, 0) << result.errors;
    return path(name);
  }

  static CommandResult embed(const std::string& name, const std::string& output, std::vector<std::string> more = {}) {
    std::vector<std::string> command = {"embed",    "--model",    run(name),   "--input", path("in.txt"),
                                        "--output", path(output), "--threads", "1",       "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    return run_zoo(command);
  }
  static std::vector<float> vectors(const std::string& name, std::vector<std::string> more) {
    const auto result = embed(name, "x.npy", std::move(more));
    EXPECT_EQ(result.status, 0) << result.errors;
    return to_floats(NpyFile(path("x.npy")).array());
  }
  static double difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(double{a[i]} - b[i]));
    return most;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> EmbedCommand::folder_;

TEST_F(EmbedCommand, EachFormatHoldsTheSameVectors) {
  const auto result = embed("elmo", "x.hdf5", {"--layer", "all", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto facts = Json::parse(result.output);
  EXPECT_EQ(facts["lines"], 4);
  EXPECT_EQ(facts["words"], 12);
  EXPECT_EQ(facts["lines_without_words"], 1);
  EXPECT_EQ(facts["layers"], (Json{"token", "lstm 1", "lstm 2"}));
  EXPECT_EQ(facts["width"], 16);
  ASSERT_EQ(embed("elmo", "x.npy", {"--layer", "all"}).status, 0);
  ASSERT_EQ(embed("elmo", "x.jsonl", {"--layer", "all"}).status, 0);
  const Hdf5File hdf5(path("x.hdf5"));
  const NpyFile npy(path("x.npy"));
  EXPECT_EQ(npy.array().shape, (std::vector<std::int64_t>{12, 3, 16}));
  const auto flat = to_floats(npy.array());
  std::istringstream lines(read_file(path("x.jsonl")));
  std::size_t word = 0;
  int number = 0;
  for (std::string line; std::getline(lines, line); ++number) {
    const auto entry = Json::parse(line);
    const auto shape = hdf5.shape(std::to_string(number));
    const auto numbers = hdf5.floats(std::to_string(number));
    ASSERT_EQ(shape, (std::vector<std::int64_t>{3, std::ssize(entry["words"]), 16}));
    const auto count = entry["words"].size();
    for (std::size_t t = 0; t < count; ++t, ++word) {
      for (std::size_t l = 0; l < 3; ++l) {
        for (std::size_t d = 0; d < 16; ++d) {
          const auto value = numbers[(l * count + t) * 16 + d];
          EXPECT_EQ(value, flat[(word * 3 + l) * 16 + d]);
          EXPECT_EQ(value, entry["vectors"][l][t][d].get<float>());
        }
      }
    }
  }
  EXPECT_EQ(number, 4);
  EXPECT_EQ(Json::parse(hdf5.text("sentence_to_index"))["the bank of the river"], "2");
}

TEST_F(EmbedCommand, NumpyReadsTheArrays) {
  ZOO_NEED_PYTHON();
  ASSERT_EQ(embed("masked", "x.npy", {"--layer", "all"}).status, 0);
  const auto result = run_process({test_python(), "-c",
                                   "import numpy, sys\n"
                                   "x = numpy.load(sys.argv[1]); n = numpy.load(sys.argv[2])\n"
                                   "print(x.dtype, x.shape, n.dtype, n.tolist())",
                                   path("x.npy"), path("x.lengths.npy")});
  EXPECT_EQ(result.output, "float32 (12, 2, 8) int64 [5, 0, 5, 2]\n");
}

TEST_F(EmbedCommand, AStateThatIsCarriedChangesElmoAndNoTransformer) {
  const auto reset = vectors("elmo", {"--layer", "2"});
  EXPECT_EQ(difference(reset, vectors("elmo", {"--layer", "2", "--state", "reset"})), 0);
  EXPECT_LT(difference(reset, vectors("elmo", {"--layer", "2", "--batch-size", "1"})), 1e-6);
  const auto carried = vectors("elmo", {"--layer", "2", "--state", "carried"});
  EXPECT_GT(difference(reset, carried), 1e-6);
  const std::vector<float> first(reset.begin(), reset.begin() + 5 * 16),
      same(carried.begin(), carried.begin() + 5 * 16);
  EXPECT_LT(difference(first, same), 1e-6) << "nothing stands before the first line";
  EXPECT_GT(difference(carried, vectors("elmo", {"--layer", "2", "--state", "warm"})), 1e-6);
  EXPECT_EQ(difference(vectors("elmo", {"--layer", "0"}), vectors("elmo", {"--layer", "0", "--state", "carried"})), 0);
  const auto masked = vectors("masked", {});
  EXPECT_LT(difference(masked, vectors("masked", {"--state", "carried"})), 1e-6);
  EXPECT_LT(difference(masked, vectors("masked", {"--state", "warm", "--batch-size", "2"})), 1e-6);
}

TEST_F(EmbedCommand, LayersAverageAndNamesGoTogether) {
  const auto all = vectors("elmo", {"--layer", "all"}), average = vectors("elmo", {"--layer", "average"});
  const auto top = vectors("elmo", {"--layer", "lstm 2"});
  for (std::size_t word = 0; word < 12; ++word) {
    for (std::size_t d = 0; d < 16; ++d) {
      const auto at = [&](std::size_t layer) { return all[(word * 3 + layer) * 16 + d]; };
      EXPECT_NEAR(average[word * 16 + d], (at(0) + at(1) + at(2)) / 3, 1e-6);
      EXPECT_EQ(top[word * 16 + d], at(2));
    }
  }
  const auto one = vectors("nnlm", {});
  EXPECT_EQ(one.size(), 12u * 6) << "one vector a word is one layer";
  for (std::size_t d = 0; d < 6; ++d) EXPECT_EQ(one[1 * 6 + d], one[11 * 6 + d]) << "play and play";
}

TEST_F(EmbedCommand, PretokenisedWordsAreThoseBetweenSpaces) {
  std::ofstream(path("tokens.txt")) << "play-bank U.S. , the\n";
  const auto words = [&](const std::string& tokens) {
    const auto result = run_zoo({"embed", "--model", run("elmo"), "--input", path("tokens.txt"), "--output",
                                 path("t.jsonl"), "--tokens", tokens, "--quiet"});
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(read_file(path("t.jsonl")))["words"];
  };
  EXPECT_EQ(words("pretokenised"), (Json{"play-bank", "U.S.", ",", "the"}));
  EXPECT_EQ(words("raw").size(), 9u);
}

TEST_F(EmbedCommand, ALineLongerThanTheModelReadsIsReadInPartsAndSaidSo) {
  std::ofstream text(path("long.txt"));
  for (int i = 0; i < 40; ++i) text << "play ";
  text << "\n";
  text.close();
  const auto result =
      run_zoo({"embed", "--model", run("masked"), "--input", path("long.txt"), "--output", path("long.npy"), "--json"});
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("1 of 1 lines are longer than the 11 words"));
  EXPECT_EQ(Json::parse(result.output)["lines_in_parts"], 1);
  EXPECT_EQ(NpyFile(path("long.npy")).array().shape, (std::vector<std::int64_t>{40, 8}));
}

TEST_F(EmbedCommand, WhatCannotBeIsRefusedInOneLine) {
  const auto refused = [&](std::vector<std::string> words, int status, const std::string& reason) {
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, status) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(reason));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  };
  const auto embed_to = [&](const std::string& output, std::vector<std::string> more) {
    std::vector<std::string> words = {"embed", "--model", run("elmo"), "--input", path("in.txt"), "--output", output};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  refused(embed_to(path("x.txt"), {}), 2, "end it in .npy, .hdf5 or .jsonl");
  refused(embed_to(path("x.npy"), {"--layer", "3"}), 2, "0 … 2: token, lstm 1, lstm 2");
  refused(embed_to(path("x.npy"), {"--layer", "mix"}), 1, "--layer average");
  refused(embed_to(path("x.npy"), {"--state", "kept"}), 2, "--state");
  refused(embed_to(path("none/x.npy"), {}), 1, "none");
  refused(embed_to(path("none/x.hdf5"), {}), 1, "none");
  refused({"embed", "--model", run("elmo"), "--input", path("no.txt"), "--output", path("y.npy")}, 1, "no.txt");
  std::ofstream(path("bytes.txt")) << "play\n\xff\n";
  refused({"embed", "--model", run("elmo"), "--input", path("bytes.txt"), "--output", path("y.npy"), "--quiet"}, 1,
          "line 2, byte 1");
  EXPECT_FALSE(fs::exists(path("y.npy")));
  EXPECT_FALSE(fs::exists(path("y.lengths.npy")));
  refused({"nearest", "--model", run("nnlm"), "--in-context", "the *play*"}, 1, "models that can: elmo");
  refused({"nearest", "--model", run("elmo"), "--in-context", "the play"}, 2, "one word between two stars");
  refused({"nearest", "--model", run("elmo"), "--in-context", "the *play*", "--layer", "all"}, 2, "--layer all");
}

TEST_F(EmbedCommand, StoppedByTheUserItLeavesNothing) {
  std::ofstream text(path("many.txt"));
  for (int line = 0; line < 400'000; ++line) text << "the play was long .\n";
  text.close();
  for (const auto* output : {"stopped.npy", "stopped.hdf5"}) {
    const auto result =
        run_process({"timeout", "--preserve-status", "-s", "INT", "2", ZOO_BIN_DIR "/zoo-embed", "--model", run("elmo"),
                     "--input", path("many.txt"), "--output", path(output), "--quiet"});
    EXPECT_EQ(result.exit_status, 130);
    for (const auto& entry : fs::directory_iterator(folder_->path())) {
      const auto name = entry.path().filename().string();
      EXPECT_EQ(name.find("stopped"), std::string::npos) << name;
      EXPECT_FALSE(name.starts_with(".zoo")) << name;
    }
  }
}

TEST_F(EmbedCommand, NearestInContextShowsSentencesWithTheWordMarked) {
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
  const auto unknown =
      run_zoo({"nearest", "--model", run("elmo"), "--in-context", "a *zebra* here", "--input", path("in.txt")});
  EXPECT_THAT(unknown.errors, HasSubstr("'zebra' is not in the run's vocabulary"));
}

TEST_F(EmbedCommand, SensesAndOccurrencesAreEvaluatedLayerByLayer) {
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

/// The stored vectors of the public implementation, through the commands: its batches are the i-th sentence of each of
/// three lists, so that the lists are read as three streams with --batch-size 3.
TEST_F(EmbedCommand, APublicElmoGivesTheStoredVectors) {
  const char* shared = std::getenv("ZOO_SHARED");
  const auto fixture = fs::path(shared != nullptr ? shared : ZOO_SOURCE_DIR "/../shared") / "fixtures" / "elmo";
  if (!fs::exists(fixture / "options.json")) {
    if (std::getenv("CI") != nullptr) FAIL() << fixture << " is missing";
    GTEST_SKIP() << fixture << " is missing";
  }
  fs::create_directory(path("public"));
  fs::copy(fixture / "options.json", path("public/options.json"));
  fs::copy(fixture / "lm_weights.hdf5", path("public/lm_weights.hdf5"));
  const auto imported =
      run_zoo({"import", "--format", "elmo-hdf5", "--input", path("public"), "--output", path("imported"), "--quiet"});
  ASSERT_EQ(imported.status, 0) << imported.errors;
  const auto lists = read_json(fixture / "sentences.json").get<std::vector<std::vector<std::string>>>();
  std::ofstream text(path("streams.txt"));
  for (std::size_t i = 0; i < lists[0].size(); ++i) {
    for (const auto& list : lists) text << list[i] << "\n";
  }
  text.close();
  const auto result = run_zoo({"embed", "--model", path("imported"), "--input", path("streams.txt"), "--tokens",
                               "pretokenised", "--layer", "all", "--state", "carried", "--batch-size",
                               std::to_string(lists.size()), "--output", path("streams.hdf5"), "--quiet"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const Hdf5File ours(path("streams.hdf5"));
  int compared = 0;
  for (std::size_t k = 0; k < lists.size(); ++k) {
    const Hdf5File stored(fixture / fmt::format("lm_embeddings_{}.hdf5", k));
    for (std::size_t i = 0; i < lists[k].size(); ++i) {
      const auto wanted = stored.floats(std::to_string(i));  // [2, T, 16]: forward, backward
      const auto name = std::to_string(i * lists.size() + k);
      const auto shape = ours.shape(name);  // [3, T, 32]
      const auto got = ours.floats(name);
      const auto steps = static_cast<std::size_t>(shape[1]);
      ASSERT_EQ(wanted.size(), 2 * steps * 16);
      for (std::size_t direction = 0; direction < 2; ++direction) {
        for (std::size_t t = 0; t < steps; ++t) {
          for (std::size_t d = 0; d < 16; ++d) {
            const double a = got[(2 * steps + t) * 32 + direction * 16 + d],
                         b = wanted[(direction * steps + t) * 16 + d];
            ASSERT_NEAR(a, b, 1e-6 + 1e-5 * std::abs(b)) << "list " << k << ", sentence " << i;
            ++compared;
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 1000);
}

}  // namespace
}  // namespace zoo
