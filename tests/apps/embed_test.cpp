// Vectors of words in their sentences as they are asked for on the command line: zoo embed.
#include <fstream>

#include "base/json.h"
#include "base/random.h"
#include "formats/hdf5.h"
#include "tests/apps/embed_fixture.h"
#include "tests/support/errors.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

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

TEST_F(EmbedCommand, ASentencesVectorsDoNotDependOnItsBatch) {
  Random random(8);
  std::ofstream text(path("mixed.txt"));
  const std::vector<std::string> words = {"the", "play", "was", "zebra", "they", "cards", "Ünter", "bank", "of", "."};
  for (int line = 0; line < 150; ++line) {
    const auto length = random.below(25);
    for (std::uint64_t word = 0; word < length; ++word) text << words[random.below(words.size())] << " ";
    text << "\n";
  }
  text.close();
  for (const auto* model : {"elmo", "masked"}) {
    const auto read = [&](const std::string& batch) {
      const auto result = run_zoo({"embed", "--model", run(model), "--input", path("mixed.txt"), "--layer", "all",
                                   "--batch-size", batch, "--output", path("batch" + batch + ".npy"), "--quiet"});
      EXPECT_EQ(result.status, 0) << result.errors;
      return to_floats(NpyFile(path("batch" + batch + ".npy")).array());
    };
    const auto alone = read("1"), together = read("64");
    ASSERT_EQ(alone.size(), together.size());
    EXPECT_GT(alone.size(), 10'000u);
    double most = 0;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      most = std::max(most, std::abs(double(alone[i]) - double(together[i])));
    }
    EXPECT_LE(most, 1e-6) << model;
  }
}

TEST_F(EmbedCommand, DatasetsAreNamedByLinesOrSentences) {
  std::ofstream(path("keys.txt")) << "the play\n\nthey play\nthe play\n";
  const auto embed_keys = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"embed",          "--model",  run("elmo"),    "--input",
                                      path("keys.txt"), "--output", path("k.hdf5"), "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  };
  ASSERT_EQ(embed_keys({"--keys", "sentences", "--layer", "all"}).status, 0);
  const Hdf5File file(path("k.hdf5"));
  EXPECT_EQ(file.names(), (std::vector<std::string>{"the play", "they play"}));
  EXPECT_EQ(file.shape("the play"), (std::vector<std::int64_t>{3, 2, 16}));
  const auto carried = embed_keys({"--keys", "sentences", "--state", "carried"});
  EXPECT_EQ(carried.status, 2);
  EXPECT_THAT(carried.errors, HasSubstr("--keys lines"));
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
  // --foreground: one signal, not a second one to its process group, which would end it at once.
  for (const auto* output : {"stopped.npy", "stopped.hdf5"}) {
    const auto result =
        run_process({"timeout", "--foreground", "--preserve-status", "-s", "INT", "2", ZOO_BIN_DIR "/zoo-embed",
                     "--model", run("elmo"), "--input", path("many.txt"), "--output", path(output), "--quiet"});
    EXPECT_EQ(result.exit_status, 130);
    for (const auto& entry : fs::directory_iterator(folder_->path())) {
      const auto name = entry.path().filename().string();
      EXPECT_EQ(name.find("stopped"), std::string::npos) << name;
      EXPECT_FALSE(name.starts_with(".zoo")) << name;
    }
  }
}

TEST_F(EmbedCommand, AnElmoGoesOutInThePublicFormatAndComesBack) {
  const auto out = run_zoo(
      {"export", "--model", run("elmo"), "--format", "elmo-hdf5", "--output", path("out"), "--json", "--quiet"});
  ASSERT_EQ(out.status, 0) << out.errors;
  EXPECT_EQ(Json::parse(out.output)["files"].size(), 3u);
  const auto back = run_zoo({"import", "--format", "elmo-hdf5", "--input", path("out"), "--vocabulary",
                             path("out/vocabulary.txt"), "--output", path("back"), "--quiet"});
  ASSERT_EQ(back.status, 0) << back.errors;
  const auto read = [&](const std::string& model) {
    const auto result = run_zoo({"embed", "--model", model, "--input", path("in.txt"), "--tokens", "pretokenised",
                                 "--layer", "all", "--output", path("way.npy"), "--quiet"});
    EXPECT_EQ(result.status, 0) << result.errors;
    return to_floats(NpyFile(path("way.npy")).array());
  };
  const auto before = read(run("elmo")), after = read(path("back"));
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) ASSERT_NEAR(before[i], after[i], 1e-6);
  const auto other = run_zoo({"export", "--model", run("nnlm"), "--format", "elmo-hdf5", "--output", path("out2")});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.errors, HasSubstr("zoo train elmo"));
  EXPECT_EQ(run_zoo({"export", "--model", run("elmo"), "--format", "elmo-hdf5", "--output", path("in.txt")}).status, 2);
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
