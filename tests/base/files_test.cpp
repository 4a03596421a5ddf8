#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/json.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "file";
};

TEST_F(Files, AnAtomicFileAppearsOnlyWhenItIsWhole) {
  {
    AtomicFile file(file_);
    file.write("half");
    EXPECT_FALSE(fs::exists(file_));
  }
  EXPECT_EQ(entries(), 0U);  // dropped: nothing remains
  AtomicFile file(file_);
  file.write("0000 whole");
  file.write(std::string(3 << 20, 'x'));
  file.write_at(0, "1234", 4);
  EXPECT_EQ(file.position(), (3U << 20) + 10);
  file.commit();
  EXPECT_EQ(entries(), 1U);
  const auto content = read_file(file_);
  EXPECT_EQ(content.substr(0, 12), "1234 wholexx");
  EXPECT_EQ(content.size(), (3U << 20) + 10);
}

TEST_F(Files, AFullDiskLeavesTheOldFileAndNothingElse) {
  write_file_atomically(file_, "old");
  const auto child = ::fork();
  if (child == 0) {  // a limit on the size of files stands for the full disk
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (const std::size_t size : {std::size_t{5000}, std::size_t{3} << 20}) {
      try {
        write_file_atomically(file_, std::string(size, 'x'));
        ::_exit(1);
      } catch (const Error& error) {
        if (std::string(error.what()).find("cannot write") == std::string::npos) ::_exit(2);
        if (std::string(error.what()).find(file_.string()) == std::string::npos) ::_exit(3);
      } catch (...) {
        ::_exit(4);
      }
    }
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(file_), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, APlaceThatCannotBeWrittenIsNamed) {
  EXPECT_THAT(error_of([&] { write_file_atomically(folder_.path() / "no" / "file", "x"); }),
              AllOf(HasSubstr("no/file"), HasSubstr("cannot write")));
  fs::create_directory(file_);
  EXPECT_THAT(error_of([&] { write_file_atomically(file_, "x"); }), HasSubstr("file: cannot write"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, PermissionIsAskedFor) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(error_of([&] { write_file_atomically(file_, "x"); }), HasSubstr("Permission denied"));
  fs::permissions(folder_.path(), fs::perms::owner_all);
  write_file_atomically(file_, "x");
  fs::permissions(file_, fs::perms::none);
  EXPECT_THAT(error_of([&] { read_file(file_); }), HasSubstr("Permission denied"));
}

TEST_F(Files, ANewFileHasTheUsersPermissions) {
  const auto mask = ::umask(027);
  write_file_atomically(file_, "x");
  ::umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(file_).permissions()), 0640);
}

TEST_F(Files, ReadingRefusesWhatIsMissingAFolderOrTooLong) {
  EXPECT_THAT(error_of([&] { read_file(file_); }), HasSubstr("No such file"));
  EXPECT_THAT(error_of([&] { read_file(folder_.path()); }), HasSubstr("is a folder"));
  write_file_atomically(file_, "12345");
  EXPECT_EQ(read_file(file_, 5), "12345");
  EXPECT_THAT(error_of([&] { read_file(file_, 4); }), HasSubstr("larger than the 4 bytes"));
  EXPECT_THAT(error_of([&] { read_file("/dev/zero", 1000); }), HasSubstr("longer than the 1000 bytes"));
}

TEST_F(Files, AMappedFileShowsItsBytesAndAnEmptyOneNone) {
  write_file_atomically(file_, "abc");
  MappedFile file(file_);
  EXPECT_EQ(file.text(), "abc");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), "abc");
  EXPECT_EQ(file.bytes().size(), 0U);  // NOLINT: what a moved-from file promises
  write_file_atomically(file_, "");
  EXPECT_EQ(MappedFile(file_).text(), "");
  EXPECT_THAT(error_of([&] { MappedFile{folder_.path()}; }), HasSubstr("is a folder"));
  EXPECT_THAT(error_of([&] { MappedFile{folder_.path() / "none"}; }), HasSubstr("No such file"));
}

TEST_F(Files, TwoWritersLeaveOneWholeFile) {
  const auto write = [&](char letter) {
    for (int i = 0; i < 20; ++i) write_file_atomically(file_, std::string(10'000, letter));
  };
  std::thread other(write, 'a');
  write('b');
  other.join();
  const auto content = read_file(file_);
  EXPECT_EQ(content, std::string(10'000, content[0]));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, ALockIsHeldByOneAtATime) {
  int inside = 0, most = 0;
  const auto work = [&] {
    for (int i = 0; i < 50; ++i) {
      const FileLock lock(file_);
      most = std::max(most, ++inside);
      --inside;
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(most, 1);
}

TEST_F(Files, ATemporaryFolderGoesWithAllItHolds) {
  fs::path path;
  {
    const TemporaryFolder inner(folder_.path());
    path = inner.path();
    make_folder(path / "a" / "b");
    write_file_atomically(path / "a" / "b" / "c", "x");
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_THAT(error_of([&] { make_folder("/dev/null/x"); }), HasSubstr("/dev/null/x: cannot make this folder"));
}

class JsonFiles : public Files {};

TEST_F(JsonFiles, KeysKeepTheirOrderAndWhatIsBrokenIsNamedByLine) {
  const auto json = parse_json(R"({"z": 1, "a": 2})", "test");
  write_json(file_, json);
  EXPECT_EQ(read_file(file_), "{\n  \"z\": 1,\n  \"a\": 2\n}\n");
  EXPECT_EQ(read_json(file_), json);
  write_file_atomically(file_, "{\n  \"a\": 1,\n  b\n}\n");
  EXPECT_THAT(error_of([&] { read_json(file_); }), HasSubstr("file: line 3: not valid JSON"));
  for (const std::string bad : {"", "{", "nul", "\"\xFF\"", "[1] 2", "\xEF\xBB"}) {
    EXPECT_THAT(error_of([&] { parse_json(bad, "--config"); }), HasSubstr("--config: line 1: not valid JSON")) << bad;
  }
  EXPECT_THAT(error_of([] { parse_json("1e999", "--config"); }),
              HasSubstr("--config: not valid JSON: a number is too"));
  EXPECT_THAT(error_of([] { parse_json(std::string(100'000, '['), "deep"); }), HasSubstr("deep: line 1"));
  parse_json(std::string(20'000, '[') + std::string(20'000, ']'), "deep");
}

TEST_F(JsonFiles, TextThatIsNotUtf8IsReplacedInWriting) {
  write_json(file_, {{"word", "caf\xC3"}});
  EXPECT_EQ(read_json(file_)["word"], "caf\uFFFD");
}

}  // namespace
}  // namespace zoo
