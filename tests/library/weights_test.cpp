// The released runs in weights/ are what their manifest says, and answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "library/langzoo.h"
#include "tests/support/paths.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

const fs::path kWeights = std::string(ZOO_SOURCE_DIR) + "/weights";

Json manifest() { return read_json(kWeights / "manifest.json").at("runs"); }

TEST(Weights, AreAllInTheManifestAndTheManifestsFilesAreAllThere) {
  std::set<std::string> listed, there;
  for (const auto& run : manifest()) listed.insert(run.at("name").get<std::string>());
  for (const auto& entry : fs::directory_iterator(kWeights)) {
    if (entry.is_directory()) there.insert(entry.path().filename().string());
  }
  EXPECT_FALSE(there.empty());
  EXPECT_EQ(there, listed);
  for (const auto& run : manifest()) {
    const auto folder = kWeights / run.at("name").get<std::string>();
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) files += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(files, run.at("files").size()) << folder;
    for (const auto& [name, facts] : run.at("files").items()) {
      SCOPED_TRACE((folder / name).string());
      ASSERT_TRUE(fs::exists(folder / name));
      EXPECT_EQ(fs::file_size(folder / name), facts.at("bytes").get<std::uintmax_t>());
      EXPECT_EQ(sha256_of_file(folder / name), facts.at("sha256").get<std::string>());
    }
  }
}

TEST(Weights, OpenAsRuns) {
  for (const auto& run : manifest()) {
    const TrainedModel model(kWeights / run.at("name").get<std::string>());
    EXPECT_GT(model.tokenizer().size(), 100);
  }
}

TEST(Weights, TheKingJamesSkipGramKnowsWhoBelongsTogether) {
  const NeighbourSearch search(open_vectors(kWeights / "skip-gram-king-james"));
  for (const auto& [word, near] : {std::pair{"moses", "aaron"}, {"bread", "eat"}, {"king", "cyrus"}}) {
    const auto found = search.nearest(search.find(word).value(), 50);
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&, near = std::string_view(near)](const Neighbour& one) {
      return search.table().word(one.row) == near;
    })) << word;
  }
}

TEST(Weights, TheBibleTranslatorPutsVersesIntoFrench) {
  const TrainedModel model(kWeights / "translator-bible-en-fr");
  const std::vector<std::string> sentences = {"And God said, Let there be light: and there was light.",
                                              "In the beginning God created the heaven and the earth."};
  const auto verses = model.translate(sentences);
  ASSERT_EQ(verses.size(), 2);
  for (const auto* words : {"Dieu dit", "lumière"}) EXPECT_NE(verses[0].find(words), std::string::npos) << verses[0];
  for (const auto* words : {"Dieu", "cieux", "la terre"}) {
    EXPECT_NE(verses[1].find(words), std::string::npos) << verses[1];
  }
}

}  // namespace
}  // namespace zoo
