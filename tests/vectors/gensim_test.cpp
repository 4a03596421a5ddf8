#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"
#include "formats/vector_file.h"
#include "formats/word2vec.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"
#include "vectors/neighbours.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

const fs::path kData = ZOO_SOURCE_DIR "/tests/data/vectors";

/// gensim's list of [word, cosine] against ours.
void expect_same(const NeighbourSearch& search, const std::vector<Neighbour>& found, const Json& expected,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(search.table().word(found[i].row), expected[i][0].get<std::string>()) << what;
    EXPECT_NEAR(found[i].score, expected[i][1].get<double>(), 2e-6) << what;
  }
}

TEST(Gensim, StoredNeighboursAndAnalogiesAreFound) {
  const auto golden = read_json(kData / "golden.json");
  const NeighbourSearch search(read_vectors(kData / "gensim.bin"));
  for (const auto& [word, neighbours] : golden.at("neighbours").items()) {
    expect_same(search, search.nearest(*search.table().find(word), 5), neighbours, word);
  }
  for (const auto& entry : golden.at("analogies")) {
    const auto row = [&](const char* key) { return *search.table().find(entry.at(key).get<std::string>()); };
    expect_same(search, search.analogy(row("a"), row("b"), row("c"), 5), entry.at("answers"), entry.at("a"));
  }
}

/// Reads each file that check_vectors.py saw and finds what gensim found.
void expect_agreement(const std::vector<std::string>& arguments, std::size_t least_files) {
  std::vector<std::string> command = {test_python(), ZOO_SOURCE_DIR "/tests/parity/check_vectors.py"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto result = run_process(command);
  ASSERT_EQ(result.exit_status, 0);
  const auto files = parse_json(result.output, "check_vectors.py");
  EXPECT_GE(files.size(), least_files);
  for (const auto& file : files) {
    const auto name = file.at("file").get<std::string>();
    const NeighbourSearch search(read_vectors(name));
    const auto words = file.at("words").get<std::vector<std::string>>();
    ASSERT_EQ(search.table().words().size(), words.size()) << name;
    for (std::size_t i = 0; i < words.size(); ++i) {  // gensim drops bytes that are not UTF-8, we keep them
      const auto& word = search.table().words()[i];
      EXPECT_EQ(is_utf8(word) ? word : words[i], words[i]) << name;
    }
    const auto first = search.table().row(0);
    ASSERT_EQ(first.size(), file.at("first").size()) << name;
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], file.at("first")[i].get<float>()) << name;
    for (const auto& [word, neighbours] : file.at("neighbours").items()) {
      expect_same(search, search.nearest(*search.table().find(word), 4), neighbours, name + " " + word);
    }
  }
}

TEST(Gensim, LoadsOurFilesAndFindsTheSameNeighbours) {
  ZOO_NEED_PYTHON();
  const TemporaryFolder folder;
  const auto table = read_vectors(kData / "gensim.npy");
  write_word2vec_text(folder.path() / "ours.txt", table);
  write_word2vec_binary(folder.path() / "ours.bin", table);
  write_glove(folder.path() / "ours.glove.txt", table);
  expect_agreement({folder.path() / "ours.txt", folder.path() / "ours.bin", folder.path() / "ours.glove.txt"}, 3);
}

TEST(Gensim, ItsOwnTestFilesAreRead) {
  ZOO_NEED_PYTHON();
  expect_agreement({"--gensim-data"}, 8);
}

}  // namespace
}  // namespace zoo
