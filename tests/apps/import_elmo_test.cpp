// An ELMo in the public format as a user brings it in and uses it: the fixture beside the project.
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/json.h"
#include "formats/hdf5.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ImportElmo : public testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("ZOO_SHARED");
    fixture_ = fs::path(shared != nullptr ? shared : ZOO_SOURCE_DIR "/../shared") / "fixtures" / "elmo";
    if (!fs::exists(fixture_ / "options.json")) {
      if (std::getenv("CI") != nullptr) FAIL() << fixture_ << " is missing";
      GTEST_SKIP() << fixture_ << " is missing";
    }
    fs::create_directory(path("elmo"));
    for (const auto* name : {"options.json", "lm_weights.hdf5"}) fs::copy_file(fixture_ / name, path("elmo") / name);
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  CommandResult import_it(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"import",   "--format",           "elmo-hdf5", "--input", path("elmo").string(),
                                      "--output", path("run").string(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  }

  TemporaryFolder folder_;
  fs::path fixture_;
};

TEST_F(ImportElmo, GivesVectorsThatAllenNlpStored) {
  const auto imported = import_it({"--vocabulary", (fixture_ / "vocab_test.txt").string()});
  ASSERT_EQ(imported.status, 0) << imported.errors;
  const auto facts = Json::parse(imported.output);
  EXPECT_EQ(facts["projection"], 16);
  EXPECT_EQ(facts["cell"], 64);
  EXPECT_EQ(facts["layers"], 2);

  // The first sentence of the first list was read from fresh states, as zoo embed reads each sentence.
  const auto lists = read_json(fixture_ / "sentences.json").get<std::vector<std::vector<std::string>>>();
  std::ofstream(path("in.txt")) << lists[0][0] << "\n\n";
  const auto embedded =
      run_zoo({"embed", "--model", path("run").string(), "--input", path("in.txt").string(), "--tokens", "pretokenised",
               "--layer", "2", "--output", path("out.hdf5").string(), "--quiet"});
  ASSERT_EQ(embedded.status, 0) << embedded.errors;
  const Hdf5File ours(path("out.hdf5")), stored(fixture_ / "lm_embeddings_0.hdf5");
  const auto expected = stored.floats("0"), given = ours.floats("0");
  const auto shape = stored.shape("0");  // [2, T, D]: the directions apart; ours has them side by side, [T, 2 D]
  ASSERT_EQ(given.size(), expected.size());
  const auto words = static_cast<std::size_t>(shape[1]), width = static_cast<std::size_t>(shape[2]);
  for (std::size_t direction = 0; direction < 2; ++direction) {
    for (std::size_t word = 0; word < words; ++word) {
      for (std::size_t i = 0; i < width; ++i) {
        const auto wanted = expected[(direction * words + word) * width + i];
        ASSERT_NEAR(given[(word * 2 + direction) * width + i], wanted, 1e-6 + 1e-5 * std::abs(wanted))
            << "direction " << direction << ", word " << word << ", component " << i;
      }
    }
  }
}

TEST_F(ImportElmo, NamesADatasetThatIsMissingAndLeavesNothingBehind) {
  fs::resize_file(path("elmo") / "lm_weights.hdf5", fs::file_size(path("elmo") / "lm_weights.hdf5") / 2);
  const auto cut = import_it();
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.errors, HasSubstr("lm_weights.hdf5"));
  EXPECT_FALSE(fs::exists(path("run") / "config.json"));
  fs::remove(path("elmo") / "lm_weights.hdf5");
  const auto gone = import_it();
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.errors, HasSubstr("weights.hdf5"));
}

TEST_F(ImportElmo, RefusesOptionsThatDisagreeWithTheWeights) {
  auto options = read_json(path("elmo") / "options.json");
  options["lstm"]["dim"] = 65;
  write_json(path("elmo") / "options.json", options);
  const auto result = import_it();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.errors, HasSubstr("(32, 260) was expected"));
  EXPECT_FALSE(fs::exists(path("run") / "config.json"));
}

}  // namespace
}  // namespace zoo
