#include "data/prepare.h"

#include <sqlite3.h>

#include "base/files.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct PrepareTest : testing::Test {
  TemporaryFolder from_folder, to_folder;
  const std::filesystem::path &from = from_folder.path(), &to = to_folder.path();

  void write(const std::string& name, const std::string& content) { write_file_atomically(from / name, content); }
  std::string made(const std::string& name) { return read_file(to / name); }
};

TEST_F(PrepareTest, BrownBecomesASentenceALineAndAnEmptyLineBetweenTexts) {
  write("ca02", "\n\n\tHalf/jj a/at cup/nn\n\n");
  write("ca01", "\n\tThe/at caf\xe9/nn ,/, 1/2/cd ./.\n\n\n\tAnd/cc  or/cc\n");
  write("CONTENTS", "not a text");
  prepare_brown(from, to, {2, 3, 10});
  EXPECT_EQ(made("brown.txt"), "The café , 1/2 .\nAnd or\n\nHalf a cup\n");
  EXPECT_EQ(made("brown.tagged.txt"), "The/at café/nn ,/, 1/2/cd ./.\nAnd/cc or/cc\n\nHalf/jj a/at cup/nn\n");
}

TEST_F(PrepareTest, ABrownThatCountsOtherwiseOrHasNoTagsLeavesNothing) {
  write("ca01", "The/at cup/nn\n");
  EXPECT_THAT(error_of([&] { prepare_brown(from, to); }),
              AllOf(HasSubstr("1 texts, 1 sentences, 2 tokens"), HasSubstr("500, 57340, 1161192")));
  write("ca01", "The/at cup\n");
  EXPECT_THAT(error_of([&] { prepare_brown(from, to); }), HasSubstr("\"cup\" is not word/tag"));
  EXPECT_TRUE(std::filesystem::is_empty(to));
}

TEST_F(PrepareTest, QuestionsAndPairsLoseCommentsAndCarriageReturnsAndAreCounted) {
  write("questions-words.txt", ": capitals\r\nAthens Greece Oslo Norway\r\n");
  prepare_questions(from, to, 1);
  EXPECT_EQ(made("questions-words.txt"), ": capitals\nAthens Greece Oslo Norway\n");
  EXPECT_THAT(error_of([&] { prepare_questions(from, to, 2); }), HasSubstr("1 questions, not 2"));
  write("p", "# Word 1\tWord 2\tMean\nlove\tsex\t6.77\n\ntiger\tcat\t7.35\n");
  prepare_pairs(from, "p", to, "pairs.tsv", 2);
  EXPECT_EQ(made("pairs.tsv"), "love\tsex\t6.77\ntiger\tcat\t7.35\n");
  EXPECT_THAT(error_of([&] { prepare_pairs(from, "p", to, "pairs.tsv", 353); }), HasSubstr("2 pairs, not 353"));
  write("p", "love\tsex\tmuch\n");
  EXPECT_THAT(error_of([&] { prepare_pairs(from, "p", to, "pairs.tsv", 1); }), HasSubstr("p:1: not word"));
  write("p", "love\tcaf\xE9\t1\n");
  EXPECT_THAT(error_of([&] { prepare_pairs(from, "p", to, "pairs.tsv", 1); }), HasSubstr("p:1: not UTF-8"));
  EXPECT_THAT(error_of([&] { prepare_pairs(from, "none", to, "pairs.tsv", 1); }), HasSubstr("none"));
}

/// A small database of verses: each version has (chapter, verse, text) in book 1.
void make_bible(const std::filesystem::path& file, const std::string& french_of_third) {
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  std::string sql =
      "CREATE TABLE bible (id INTEGER, bbName TEXT, bNumber INTEGER, cNumber INTEGER, vNumber INTEGER, vText TEXT);";
  for (const std::string version : {"k", "4", "l", "v", "d", "r"}) {
    const auto third = version == "l" ? french_of_third : "the third verse here";
    const auto second = version == "4" ? " God`s verse\tof  two. Psalm 2 A song" : "(18:2) the second verse";
    sql += "INSERT INTO bible VALUES (0,'" + version + "',1,1,2,'" + second + "');";
    sql += "INSERT INTO bible VALUES (0,'" + version + "',1,1,1,'the first verse " + version + "');";
    sql += "INSERT INTO bible VALUES (0,'" + version + "',1,1,3,'" + third + "');";
    sql += "INSERT INTO bible VALUES (0,'" + version + "',1,2,1,'the fourth verse');";
  }
  sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(database);
}

TEST_F(PrepareTest, BibleVersesAreCleanedAndKeptInLineAcrossVersions) {
  make_bible(from / "bible.db", "a longer but fair verse");
  prepare_bible(from, to, 4);
  EXPECT_EQ(made("bible.en.txt"), "the first verse k\nthe second verse\nthe third verse here\n\nthe fourth verse\n");
  EXPECT_EQ(made("bible.en-web.txt"),
            "the first verse 4\nGod's verse of two.\nthe third verse here\n\nthe fourth verse\n");
  EXPECT_EQ(made("bible.ru.txt"), "the first verse r\nthe second verse\nthe third verse here\n\nthe fourth verse\n");
}

TEST_F(PrepareTest, AVerseThatIsEmptyOrNotTheSameInOneVersionIsLeftOutOfAll) {
  for (const std::string odd : {"", "dummy verses inserted by amos", "x"}) {
    std::filesystem::remove(from / "bible.db");
    make_bible(from / "bible.db", odd);
    prepare_bible(from, to, 4);
    EXPECT_EQ(made("bible.en.txt"), "the first verse k\nthe second verse\n\nthe fourth verse\n");
    EXPECT_EQ(made("bible.fr.txt"), "the first verse l\nthe second verse\n\nthe fourth verse\n");
  }
}

TEST_F(PrepareTest, ADatabaseThatIsNoneOrCountsOtherwiseIsRefused) {
  EXPECT_THAT(error_of([&] { prepare_bible(from, to); }), HasSubstr("bible.db: cannot open"));
  write("bible.db", "SQLite format 3");
  EXPECT_THAT(error_of([&] { prepare_bible(from, to); }), HasSubstr("bible.db"));
  std::filesystem::remove(from / "bible.db");
  make_bible(from / "bible.db", "three");
  EXPECT_THAT(error_of([&] { prepare_bible(from, to); }), HasSubstr("has 4 verses, not 31102"));
  EXPECT_TRUE(std::filesystem::is_empty(to));
}

}  // namespace
}  // namespace zoo
