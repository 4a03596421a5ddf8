// Runs that released versions wrote are still read: tests/data/runs/VERSION, made by make_runs.py there.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/json.h"
#include "base/version.h"
#include "library/langzoo.h"
#include "models/runtime.h"
#include "tests/support/paths.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> versions() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(ZOO_SOURCE_DIR "/tests/data/runs")) {
    if (fs::exists(entry.path() / "expected.json")) folders.push_back(entry.path());
  }
  return folders;
}

TEST(OldRuns, ThisVersionHasItsOwn) {
  EXPECT_TRUE(fs::exists(ZOO_SOURCE_DIR "/tests/data/runs/" + std::string(kVersion) + "/expected.json"))
      << "make them: python3 tests/data/runs/make_runs.py";
}

TEST(OldRuns, OfEveryVersionSayWhatTheySaidThen) {
  use_threads(1);
  for (const auto& folder : versions()) {
    const auto expected = read_json(folder / "expected.json");
    const auto sentence = expected.at("sentence").get<std::string>();
    for (const auto& [name, answers] : expected.at("runs").items()) {
      SCOPED_TRACE((folder / name).string());
      const TrainedModel model(folder / name);
      if (answers.contains("log_probability")) {
        EXPECT_NEAR(model.log_probability(sentence), answers.at("log_probability").get<double>(), 1e-3);
      }
      if (answers.contains("translation")) {
        EXPECT_EQ(model.translate(sentence), answers.at("translation").get<std::string>());
      }
      if (!answers.contains("vectors")) continue;
      const auto embedded = model.embed(sentence);
      EXPECT_EQ(embedded.words, answers.at("words").get<std::vector<std::string>>());
      const auto vectors = answers.at("vectors").get<std::vector<std::vector<float>>>();
      ASSERT_EQ(embedded.vectors.size(0), std::ssize(vectors));
      for (std::size_t i = 0; i < vectors.size(); ++i) {
        const auto row = torch::tensor(vectors[i]);  // [D]
        EXPECT_TRUE(torch::allclose(embedded.vectors[static_cast<std::int64_t>(i)], row, 1e-3, 1e-4)) << "word " << i;
      }
    }
  }
}

TEST(OldRuns, VectorsFromElsewhereStillOpen) {
  for (const auto& folder : versions()) {
    const auto own = open_vectors(folder / "skip-gram"), imported = open_vectors(folder / "imported");
    ASSERT_EQ(own.size(), imported.size());
    for (std::int64_t row = 0; row < own.size(); ++row) EXPECT_TRUE(imported.find(own.word(row)).has_value());
  }
}

}  // namespace
}  // namespace zoo
