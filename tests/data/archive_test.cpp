#include "data/archive.h"

#include "base/files.h"
#include "tests/support/archives.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

const auto kAll = [](std::string_view) { return true; };

struct ArchiveTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "made.tgz", into = folder.path() / "into";
  ArchiveTest() { make_folder(into); }
};

TEST_F(ArchiveTest, WantedFilesOfATgzAndOfAZipAreWrittenUnderTheirLastName) {
  for (const auto kind : {MadeArchive::tgz, MadeArchive::zip}) {
    make_archive(file, kind, {{"package/ca01", "one"}, {"package/README", "two"}});
    EXPECT_TRUE(is_archive(file));
    EXPECT_EQ(unpack_archive(file, into, [](std::string_view name) { return name == "package/ca01"; }), 1U);
    EXPECT_EQ(read_file(into / "ca01"), "one");
    EXPECT_FALSE(std::filesystem::exists(into / "README"));
  }
}

TEST_F(ArchiveTest, NamesThatLeadOutOfTheArchiveAreRefused) {
  for (const std::string name : {"../evil", "package/../../evil", "/tmp/evil"}) {
    for (const auto kind : {MadeArchive::tgz, MadeArchive::zip}) {
      make_archive(file, kind, {{name, "evil"}});
      EXPECT_THAT(error_of([&] { unpack_archive(file, into, kAll); }), HasSubstr("leads out of the archive"));
      EXPECT_FALSE(std::filesystem::exists(folder.path() / "evil"));
      EXPECT_TRUE(std::filesystem::is_empty(into));
    }
  }
}

TEST_F(ArchiveTest, ALinkThatIsWantedIsRefused) {
  make_archive(file, MadeArchive::tgz, {{"package/ca01", "-> /etc/passwd"}});
  EXPECT_THAT(error_of([&] { unpack_archive(file, into, kAll); }), HasSubstr("not a plain file"));
}

TEST_F(ArchiveTest, ACutOrForeignFileIsAnErrorThatNamesIt) {
  make_archive(file, MadeArchive::tgz, {{"package/ca01", std::string(100'000, 'x') + "y"}});
  const auto whole = read_file(file);
  write_file_atomically(file, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error_of([&] { unpack_archive(file, into, kAll); }), HasSubstr(file.string()));
  write_file_atomically(file, "no archive at all");
  EXPECT_FALSE(is_archive(file));
  EXPECT_THAT(error_of([&] { unpack_archive(file, into, kAll); }), HasSubstr("not a whole archive"));
  write_file_atomically(file, "");
  EXPECT_FALSE(is_archive(file));
  EXPECT_THAT(error_of([&] { unpack_archive(file, into, kAll); }), HasSubstr(file.string()));
  EXPECT_THAT(error_of([&] { unpack_archive(folder.path() / "none", into, kAll); }), HasSubstr("no such archive"));
}

}  // namespace
}  // namespace zoo
